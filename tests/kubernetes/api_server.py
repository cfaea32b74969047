# SPDX-License-Identifier: Apache-2.0
"""An API server made for the tests: just the calls that the driver makes, wrong in the way a test asks for."""
import base64
import http.server
import json
import re
import ssl
import subprocess
import threading

CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
CONFIG = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: [10.96.0.10]\n"


def openssl(*args, text=None):
    """Run openssl; what it printed."""
    return subprocess.run(["openssl", *map(str, args)], input=text, check=True, capture_output=True, text=True).stdout


class Authority:
    """A certificate authority in FOLDER."""

    def __init__(self, folder):
        self.key, self.crt = folder / "ca.key", folder / "ca.crt"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", self.crt,
                "-days", "2", "-subj", "/CN=test-ca")

    def sign(self, request, extensions=None):
        """A certificate (PEM) for a request (PEM)."""
        args = ["-extfile", extensions] if extensions else []
        return openssl("x509", "-req", "-in", "/dev/stdin", "-CA", self.crt, "-CAkey", self.key, "-set_serial", "7",
                       "-days", "2", *args, text=request)

    def server(self, folder):
        """Key and certificate of a server at 127.0.0.1; one file."""
        path, names = folder / "server.pem", folder / "names"
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        request = openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "server.key",
                          "-subj", "/CN=server")
        path.write_text((folder / "server.key").read_text() + self.sign(request, names))
        return path


class Peer:
    """The API server: `objects` by path, `calls` as they came, `answers` in the place of its own."""

    def __init__(self, folder, minor="30"):
        self.authority = Authority(folder)
        self.version = {"major": "1", "minor": minor, "gitVersion": f"v1.{minor}.0"}
        self.objects, self.calls, self.answers = {}, [], {}
        self.config_set("kubelet-config")
        handler = type("Handler", (Handler,), {"peer": self})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority.server(folder))
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def config_set(self, name):
        """The one ConfigMap that nodes are configured from."""
        prefix = "/api/v1/namespaces/kube-system/configmaps/"
        self.objects = {path: each for path, each in self.objects.items() if not path.startswith(prefix)}
        self.objects[prefix + name] = {"data": {"kubelet": CONFIG}}

    def answer(self, method, path, *answers):
        """The next answers to a call, each (status, body); None lets the peer answer itself."""
        self.answers.setdefault((method, path), []).extend(answers)

    def kubeconfig(self, ca=None):
        """A kubeconfig for it."""
        data = base64.b64encode((ca or self.authority).crt.read_bytes()).decode()
        return json.dumps({"current-context": "x", "contexts": [{"name": "x", "context": {
            "cluster": "x", "user": "x"}}], "clusters": [{"name": "x", "cluster": {
                "server": self.url, "certificate-authority-data": data}}],
            "users": [{"name": "x", "user": {"token": "secret-token"}}]})

    def called(self, method, pattern):
        """The bodies of the calls of METHOD whose whole path matches PATTERN."""
        return [body for verb, path, body in self.calls if verb == method and re.fullmatch(pattern, path)]

    def serve(self, method, path, body):
        """(status, body) of a call."""
        scripted = self.answers.get((method, path))
        answer = scripted.pop(0) if scripted else None
        if answer:
            return answer
        if path == "/version":
            return 200, self.version
        if method == "POST":
            path = f"{path}/{body['metadata']['name']}"
            if path in self.objects:
                return 409, {"message": "already exists"}
            self.objects[path] = body
            return 201, body
        if method == "PUT" and path.endswith("/approval"):
            return 200, self.approve(path.removesuffix("/approval"), body)
        if path not in self.objects:
            return 404, {"message": "not found"}
        return 200, self.objects.pop(path) if method == "DELETE" else self.objects[path]

    def approve(self, path, body):
        """What the approval and then the signer make of a request."""
        request = base64.b64decode(self.objects[path]["spec"]["request"]).decode()
        certificate = base64.b64encode(self.authority.sign(request).encode()).decode()
        self.objects[path] = {**body, "status": {**body["status"], "certificate": certificate}}
        return self.objects[path]


class Handler(http.server.BaseHTTPRequestHandler):
    """One call of the driver."""

    peer = None
    protocol_version = "HTTP/1.1"

    def handle_call(self):
        """Answer with JSON; a list of bodies is sent as lines, like a watch."""
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        assert self.headers["Authorization"] == "Bearer secret-token"
        path = re.sub(r"\?(watch=true)?.*", r"?\1", self.path).rstrip("?")
        self.peer.calls.append((self.command, path, body))
        status, answer = self.peer.serve(self.command, path, body)
        lines = answer if isinstance(answer, list) else [answer]
        text = "".join(json.dumps(line) + "\n" for line in lines).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_call

    def log_message(self, *_):
        """Say nothing."""
