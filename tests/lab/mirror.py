# SPDX-License-Identifier: Apache-2.0
"""Debian's mirror as this host has it, and a private apt configuration that leaves the host's own alone."""
import os
import pathlib
import re
import subprocess

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def _entries(text, deb822):
    """The (URI, suite) pairs of one sources file."""
    if not deb822:
        for line in text.splitlines():
            match = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)", line)
            if match:
                yield match.groups()
        return
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^(\w[\w-]*):[ \t]*(.*)$", stanza, re.M))
        for uri in fields.get("URIs", "").split():
            for suite in fields.get("Suites", "").split():
                yield uri, suite


def mirror_uri(codename="bookworm"):
    """The URI from which this host installs Debian's CODENAME."""
    folder = pathlib.Path("/etc/apt")
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    for file in files:
        if file.suffix in (".list", ".sources") and file.is_file():
            for uri, suite in _entries(file.read_text(), file.suffix == ".sources"):
                if suite == codename:
                    return uri
    raise RuntimeError(f"no apt source of {codename} on this host; the lab needs Debian 12's")


class PrivateApt:
    """An apt of its own in FOLDER, with its own sources, lists and cache."""

    def __init__(self, folder, lines):
        self.folder = pathlib.Path(folder)
        for name in ("state/lists/partial", "cache/archives/partial", "parts"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        sources = "".join(f"{kind} [signed-by={KEYRING}] {uri} {suite} main\n" for kind, uri, suite in lines)
        (self.folder / "sources.list").write_text(sources)
        (self.folder / "apt.conf").write_text(
            f'Dir::Etc::sourcelist "{self.folder}/sources.list";\n'
            f'Dir::Etc::sourceparts "{self.folder}/parts";\n'
            f'Dir::State "{self.folder}/state";\n'
            f'Dir::Cache "{self.folder}/cache";\n'
            'Acquire::Languages "none";\nAPT::Sandbox::User "root";\n')
        self.run("update")

    def run(self, *args, cwd=None):
        """Run apt-get with ARGS."""
        subprocess.run(["apt-get", "-qq", *args], cwd=cwd or self.folder, check=True,
                       env={**os.environ, "APT_CONFIG": str(self.folder / "apt.conf")})
