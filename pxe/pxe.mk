# SPDX-License-Identifier: Apache-2.0
pxe-y += pxe/arch.o pxe/dnsmasq.o pxe/dnsmasq_log.o pxe/ipxe.o pxe/probe.o pxe/tftpd.o pxe/tftpd_log.o

unit-y += tests/unit/pxe/dnsmasq tests/unit/pxe/dnsmasq_log tests/unit/pxe/ipxe
unit-y += tests/unit/pxe/tftpd tests/unit/pxe/tftpd_log
fuzz-y += tests/fuzz/dhcp tests/fuzz/dnsmasq_log tests/fuzz/tftpd_log tests/fuzz/ipxe
