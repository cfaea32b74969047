# SPDX-License-Identifier: Apache-2.0
"""Keys and signatures go both ways between us and minisign."""
import io
import os
import pty
import subprocess
import tarfile

from workbench import SLIPWAY

PASSWORD = b"correct horse\n"


def on_terminal(argv, answers, folder):
    """Runs a program on a terminal of its own and gives it an answer for each question; its exit status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execv(argv[0], argv)
    said = b""
    asked = 0
    while True:
        try:
            piece = os.read(fd, 4096)
        except OSError:
            break
        if not piece:
            break
        said += piece
        while asked < len(answers) and said.lower().count(b": ") > asked and said.rstrip(b" ").endswith(b":"):
            os.write(fd, answers[asked])
            asked += 1
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said


def members(bundle):
    """The members of a bundle, in order."""
    with tarfile.open(bundle) as archive:
        return [(each.name, archive.extractfile(each).read()) for each in archive]


def test_minisign_accepts_ours(bench, small):
    with tarfile.open(small) as archive:
        for name in ("slipway.json", "slipway.json.minisig"):
            bench.write(name, archive.extractfile(name).read())
    done = subprocess.run(["minisign", "-Vm", "slipway.json", "-p", "site.pub"], cwd=bench.folder, text=True,
                          capture_output=True, check=True)
    assert "slipway bundle small version 2" in done.stdout


def test_minisign_signs_with_our_key(bench):
    bench.write("file", "content")
    subprocess.run(["minisign", "-Sm", "file", "-s", "site.key"], cwd=bench.folder, check=True, capture_output=True)
    subprocess.run(["minisign", "-Vm", "file", "-p", "site.pub"], cwd=bench.folder, check=True, capture_output=True)


def test_we_sign_with_minisigns_key(bench):
    subprocess.run(["minisign", "-GWf", "-p", "theirs.pub", "-s", "theirs.key"], cwd=bench.folder, check=True,
                   capture_output=True)
    bench.write("notes.txt", "x")
    bench.write("r.yaml", "name: a\nversion: 1\nfiles: [{name: notes.txt, source: notes.txt}]\n")
    bench.run("bundle", "create", "r.yaml", "-o", "a.bundle", "--key", "theirs.key")
    bench.run("bundle", "verify", "a.bundle", "--pub", "theirs.pub")
    bench.run("bundle", "verify", "a.bundle", "--pub", "site.pub", code=7)


def test_a_statement_that_minisign_signed_is_taken(bench, small):
    parts = members(small)
    bench.write("slipway.json", parts[0][1])
    subprocess.run(["minisign", "-Sm", "slipway.json", "-s", "site.key", "-t", "by hand"], cwd=bench.folder,
                   check=True, capture_output=True)
    parts[1] = (parts[1][0], (bench.folder / "slipway.json.minisig").read_bytes())
    with tarfile.open(bench.folder / "again.bundle", "w") as archive:
        for name, content in parts:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    bench.run("bundle", "import", "again.bundle")


def test_passwords_go_both_ways(bench):
    code, said = on_terminal([str(SLIPWAY), "bundle", "keygen", "-o", "sealed"], [PASSWORD, PASSWORD], bench.folder)
    assert code == 0, said
    assert PASSWORD.strip() not in said
    bench.write("file", "content")
    code, said = on_terminal(["/usr/bin/minisign", "-Sm", "file", "-s", "sealed.key"], [PASSWORD], bench.folder)
    assert code == 0, said
    subprocess.run(["minisign", "-Vm", "file", "-p", "sealed.pub"], cwd=bench.folder, check=True, capture_output=True)
    bench.write("r.yaml", "name: a\nversion: 1\nfiles: [{name: file, source: file}]\n")
    create = [str(SLIPWAY), "bundle", "create", "r.yaml", "-o", "a.bundle", "--key", "sealed.key"]
    code, said = on_terminal(create, [PASSWORD], bench.folder)
    assert code == 0, said
    bench.run("bundle", "verify", "a.bundle", "--pub", "sealed.pub")
    code, said = on_terminal(create, [b"wrong\n"], bench.folder)
    assert code == 4 and b"password is another" in said
    bench.run("bundle", "create", "r.yaml", "-o", "b.bundle", "--key", "sealed.key", code=1, start_new_session=True)


def test_keys_are_private_and_never_replaced(bench):
    assert (bench.folder / "site.key").stat().st_mode & 0o777 == 0o600
    before = (bench.folder / "site.key").read_bytes()
    bench.run("bundle", "keygen", "--no-password", "-o", "site", code=4)
    assert (bench.folder / "site.key").read_bytes() == before
