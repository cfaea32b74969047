# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes control plane: etcd and kube-* as plain processes in the lab's cluster namespace.

Nothing here is Slipway's: it is the cluster of a site, made with kubeadm's own phases, that Slipway is later
given one narrow credential for.
"""
import json
import pathlib
import subprocess

from lab.kubernetes import kubernetes_bin, kubernetes_version
from lab.netns import CLUSTER
from lab.process import poll_until

SERVICES = "10.96.0.0/16"

KUBEADM = """\
apiVersion: kubeadm.k8s.io/{api}
kind: InitConfiguration
localAPIEndpoint: {{advertiseAddress: {address}}}
nodeRegistration: {{name: control-plane}}
---
apiVersion: kubeadm.k8s.io/{api}
kind: ClusterConfiguration
kubernetesVersion: v{version}
controlPlaneEndpoint: "{address}:6443"
{certificates}networking: {{serviceSubnet: {services}}}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
resolvConf: /etc/resolv.conf
nodeStatusUpdateFrequency: 2s
"""


def _kubeadm_api(version):
    """The version of kubeadm's configuration that this kubeadm reads."""
    if version < (1, 22):
        return "v1beta2"
    return "v1beta3" if version < (1, 31) else "v1beta4"


class ControlPlane:
    """etcd, API server, controller manager and scheduler, from __enter__ to __exit__."""

    def __init__(self, network, folder, address=CLUSTER):
        self.network, self.address = network, address
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.bin = kubernetes_bin()
        self.version = kubernetes_version(self.bin)
        self.pki = self.folder / "pki"
        self.kubeconfig = self.folder / "admin.conf"
        self._processes = []

    def __enter__(self):
        try:
            self._certificates()
            self._start_etcd()
            self._start_apiserver()
            self._start("kube-controller-manager", self._controller_flags())
            self._start("kube-scheduler", {"kubeconfig": self.folder / "scheduler.conf", "leader-elect": "false"})
            self._upload()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Stop it all, the last started first."""
        for process in reversed(self._processes):
            process.kill()
        self._processes.clear()

    def _start(self, program, flags, binary=None):
        argv = [binary or self.bin / program, *[f"--{key}={value}" for key, value in flags.items()]]
        process = self.network.start(argv, self.folder / f"{program}.log", namespace=self.network.cluster)
        self._processes.append(process)
        return process

    def _configuration(self, name, certificates):
        full = subprocess.run([self.bin / "kubeadm", "version", "-o", "short"], check=True, capture_output=True,
                              text=True).stdout.strip().lstrip("v")
        line = f"certificatesDir: {certificates}\n" if certificates else ""
        path = self.folder / name
        path.write_text(KUBEADM.format(api=_kubeadm_api(self.version), address=self.address, version=full,
                                       services=SERVICES, certificates=line))
        return path

    def _kubeadm(self, *args):
        done = self.network.run([self.bin / "kubeadm", *args], namespace=self.network.cluster, check=False,
                                capture_output=True)
        if done.returncode:
            raise RuntimeError(f"kubeadm {' '.join(map(str, args))}: {done.stderr.strip()}")

    def _certificates(self):
        config = self._configuration("kubeadm.yaml", self.pki)
        self._kubeadm("init", "phase", "certs", "all", "--config", config)
        self._kubeadm("init", "phase", "kubeconfig", "all", "--config", config,
                      "--kubeconfig-dir", self.folder)

    def _start_etcd(self):
        url = "http://127.0.0.1:2379"
        peer = "http://127.0.0.1:2380"
        self._start("etcd", {"data-dir": self.folder / "etcd", "listen-client-urls": url,
                             "advertise-client-urls": url, "listen-peer-urls": peer,
                             "initial-advertise-peer-urls": peer, "initial-cluster": f"default={peer}",
                             "unsafe-no-fsync": "true"}, binary="etcd")

    def _start_apiserver(self):
        pki = self.pki
        self._start("kube-apiserver", {
            "advertise-address": self.address, "secure-port": 6443, "allow-privileged": "true",
            "authorization-mode": "Node,RBAC", "enable-admission-plugins": "NodeRestriction",
            "enable-bootstrap-token-auth": "true", "etcd-servers": "http://127.0.0.1:2379",
            "client-ca-file": pki / "ca.crt", "tls-cert-file": pki / "apiserver.crt",
            "tls-private-key-file": pki / "apiserver.key",
            "kubelet-client-certificate": pki / "apiserver-kubelet-client.crt",
            "kubelet-client-key": pki / "apiserver-kubelet-client.key",
            "kubelet-preferred-address-types": "InternalIP",
            "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
            "service-account-key-file": pki / "sa.pub", "service-account-signing-key-file": pki / "sa.key",
            "service-cluster-ip-range": SERVICES})
        poll_until(lambda: self.kubectl("get", "--raw", "/readyz", check=False) == "ok", 120,
                   f"the API server is ready (log: {self.folder}/kube-apiserver.log)")

    def _controller_flags(self):
        return {"kubeconfig": self.folder / "controller-manager.conf", "leader-elect": "false",
                "controllers": "*,bootstrapsigner,tokencleaner", "use-service-account-credentials": "true",
                "cluster-signing-cert-file": self.pki / "ca.crt", "cluster-signing-key-file": self.pki / "ca.key",
                "root-ca-file": self.pki / "ca.crt", "service-account-private-key-file": self.pki / "sa.key",
                "node-monitor-period": "2s", "node-monitor-grace-period": "20s"}

    def _upload(self):
        """What `kubeadm init` leaves in a cluster. It annotates the control plane's Node, so lend it one."""
        config = self._configuration("upload.yaml", None)
        self.apply({"apiVersion": "v1", "kind": "Node", "metadata": {
            "name": "control-plane", "labels": {"kubernetes.io/hostname": "control-plane"}}})
        self._kubeadm("init", "phase", "upload-config", "all", "--config", config,
                      "--kubeconfig", self.kubeconfig)
        self._kubeadm("init", "phase", "bootstrap-token", "--config", config, "--kubeconfig", self.kubeconfig)
        self.kubectl("delete", "node", "control-plane")
        poll_until(lambda: self.kubectl("get", "serviceaccount", "default", check=False), 60,
                   "the default service account")

    def kubectl(self, *args, check=True, text=None):
        """kubectl as the cluster's administrator; what it printed, "" where it may fail and did."""
        done = self.network.run([self.bin / "kubectl", "--kubeconfig", self.kubeconfig, *args],
                                namespace=self.network.cluster, check=False, capture_output=True,
                                **({"input": text} if text else {}))
        if done.returncode and check:
            raise RuntimeError(f"kubectl {' '.join(map(str, args))}: {done.stderr.strip()}")
        return "" if done.returncode else done.stdout.strip()

    def get(self, *args):
        """kubectl get as data; None where there is no such thing."""
        text = self.kubectl("get", *args, "-o", "json", check=False)
        return json.loads(text) if text else None

    def apply(self, resource):
        """Create or change one resource, given as data."""
        self.kubectl("apply", "-f", "-", text=json.dumps(resource))

    def node_ready(self, name):
        """Whether Kubernetes calls the node Ready now."""
        node = self.get("node", name)
        conditions = node["status"].get("conditions", []) if node else []
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    def credential(self, manifest, user="slipway"):
        """A kubeconfig for USER, who may do what MANIFEST grants and no more."""
        self.kubectl("apply", "-f", manifest)
        key, request, certificate = (self.folder / f"{user}.{kind}" for kind in ("key", "csr", "crt"))
        _openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request,
                 "-subj", f"/CN={user}")
        _openssl("x509", "-req", "-in", request, "-CA", self.pki / "ca.crt", "-CAkey", self.pki / "ca.key",
                 "-set_serial", "0x51", "-days", "2", "-out", certificate)
        path = self.folder / f"{user}.conf"
        config = ["config", f"--kubeconfig={path}"]
        self.kubectl(*config, "set-cluster", "prod", f"--server=https://{self.address}:6443",
                     f"--certificate-authority={self.pki}/ca.crt", "--embed-certs=true")
        self.kubectl(*config, "set-credentials", user, f"--client-certificate={certificate}",
                     f"--client-key={key}", "--embed-certs=true")
        self.kubectl(*config, "set-context", "prod", "--cluster=prod", f"--user={user}")
        self.kubectl(*config, "use-context", "prod")
        return path


def _openssl(*args):
    subprocess.run(["openssl", *args], check=True, stderr=subprocess.DEVNULL)
