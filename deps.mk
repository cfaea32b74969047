# SPDX-License-Identifier: Apache-2.0
# Debian 12 packages, by name: to build, to run, for the lab (which the demo shows), to test, to measure,
# to make packages.
DEPS_BUILD := \
	cpio \
	e2fsprogs \
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
	xfsprogs \
	zlib1g-dev \
	zstd
DEPS_RUN := \
	dnsmasq-base \
	ipxe \
	mmdebstrap \
	skopeo \
	tftpd-hpa
DEPS_LAB := \
	ca-certificates \
	debian-archive-keyring \
	dpkg-dev \
	etcd-server \
	iproute2 \
	ipxe-qemu \
	openssl \
	ovmf \
	qemu-system-x86 \
	rsync
DEPS_TEST := \
	containerd \
	curl \
	docker-registry \
	dosfstools \
	fdisk \
	gdisk \
	libarchive-tools \
	minisign \
	mtools \
	podman \
	python3-cryptography \
	python3-pytest \
	python3-yaml \
	qemu-utils \
	strace \
	time
DEPS_BENCH := \
	bmap-tools \
	nginx-light
DEPS_PACKAGE := \
	debhelper \
	dpkg-dev
