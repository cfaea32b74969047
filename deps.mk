# SPDX-License-Identifier: Apache-2.0
# Debian 12 packages, by name: to build, to run, to test.
DEPS_BUILD := \
	cpio \
	gcc \
	grub-common \
	grub-efi-amd64-bin \
	grub-pc-bin \
	kmod \
	libacl1-dev \
	libarchive-dev \
	libblkid-dev \
	libcmocka-dev \
	libcurl4-openssl-dev \
	libfdisk-dev \
	libjansson-dev \
	libkmod-dev \
	libmicrohttpd-dev \
	libmnl-dev \
	libsqlite3-dev \
	libssl-dev \
	libsystemd-dev \
	libyaml-dev \
	libzstd-dev \
	lz4 \
	make \
	pkg-config \
	python3-kconfiglib \
	zlib1g-dev \
	zstd
DEPS_RUN := \
	dnsmasq-base \
	e2fsprogs \
	ipxe \
	mmdebstrap \
	skopeo \
	tftpd-hpa
DEPS_TEST := \
	ca-certificates \
	containerd \
	curl \
	debian-archive-keyring \
	docker-registry \
	dosfstools \
	dpkg-dev \
	etcd-server \
	fdisk \
	ipxe-qemu \
	iproute2 \
	minisign \
	mtools \
	openssl \
	ovmf \
	podman \
	python3-cryptography \
	python3-pytest \
	python3-yaml \
	qemu-system-x86 \
	rsync
DEPS_BENCH := \
	nginx-light
