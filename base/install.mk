# SPDX-License-Identifier: Apache-2.0
# Into place, by the GNU variables: make install DESTDIR=/tmp/root prefix=/usr. The programs find
# their data by where they lie themselves, so nothing is built anew for another prefix.
prefix      ?= /usr/local
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
sbindir     ?= $(exec_prefix)/sbin
datarootdir ?= $(prefix)/share
datadir     ?= $(datarootdir)
docdir      ?= $(datarootdir)/doc/slipway
mandir      ?= $(datarootdir)/man
unitdir     ?= $(prefix)/lib/systemd/system

INSTALL         ?= install
INSTALL_PROGRAM ?= $(INSTALL)
INSTALL_DATA    ?= $(INSTALL) -m 644

# folder:file, a word each
INSTALLED_DATA := $(foreach f,vmlinuz initrd local.efi,$(datadir)/slipway/agent:$(BUILD)/agent/$f) \
	$(datadir)/slipway:provisioner/daemon/kubernetes-rbac.yaml \
	$(mandir)/man1:docs/man/slipway.1 $(mandir)/man8:docs/man/slipwayd.8 \
	$(unitdir):$(BUILD)/slipwayd.service \
	$(foreach f,README.md $(wildcard docs/*.md docs/*.yaml),$(docdir):$f) \
	$(foreach f,$(wildcard tests/lab/recipes/*.yaml),$(docdir)/examples:$f)
INSTALLED_PROGRAMS := $(bindir):$(BUILD)/slipway $(sbindir):$(BUILD)/slipwayd
folder_of = $(firstword $(subst :, ,$(1)))
file_of   = $(lastword $(subst :, ,$(1)))

$(BUILD)/slipwayd.service: provisioner/daemon/slipwayd.service.in FORCE
	@sed 's|@sbindir@|$(sbindir)|' $< >$@

.PHONY: FORCE install uninstall deb
install: all $(BUILD)/slipwayd.service ## programs, agent image, manual pages, systemd unit (DESTDIR, prefix)
	@echo "INSTALL $(DESTDIR)$(prefix)"
	@$(foreach i,$(INSTALLED_PROGRAMS),$(INSTALL) -d '$(DESTDIR)$(call folder_of,$i)' && \
		$(INSTALL_PROGRAM) '$(call file_of,$i)' '$(DESTDIR)$(call folder_of,$i)' &&) :
	@$(foreach i,$(INSTALLED_DATA),$(INSTALL) -d '$(DESTDIR)$(call folder_of,$i)' && \
		$(INSTALL_DATA) '$(call file_of,$i)' '$(DESTDIR)$(call folder_of,$i)' &&) :

uninstall: ## removes what install put there, by the same variables
	@rm -f $(foreach i,$(INSTALLED_PROGRAMS) $(INSTALLED_DATA),'$(DESTDIR)$(call folder_of,$i)/$(notdir $(call file_of,$i))')

# The packages are built from the files that git knows, in a folder of their own.
DEB := build/deb
deb: ## Debian packages into build/deb
	@tests/deps $(DEPS_BUILD) $(DEPS_PACKAGE)
	@rm -rf $(DEB)
	@mkdir -p $(DEB)/source
	@git ls-files -z | xargs -0 cp --parents -t $(DEB)/source
	@echo "DEB $(DEB) (the log is $(DEB)/build.log)"
	@cd $(DEB)/source && SLIPWAY_CACHE='$(AGENT_CACHE)' DEB_BUILD_OPTIONS="$${DEB_BUILD_OPTIONS-nocheck}" \
		dpkg-buildpackage -us -uc -b >../build.log 2>&1 || { tail -n 20 ../build.log; exit 1; }
	@ls $(DEB)/*.deb
