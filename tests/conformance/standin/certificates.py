"""A certificate authority of the moment, and a certificate for the hosts that the stand-in plays.

Both are made by the `openssl` program at the beginning of a run and live as long as its folder: no key stands in the
repository, and nobody but the node of the run is told to trust them.
"""

import ssl
import subprocess
from pathlib import Path


class Certificates:
    def __init__(self, folder, hosts):
        folder = Path(folder)
        self.ca = folder / "ca.pem"
        self._certificate, self._key = folder / "server.pem", folder / "server.key"
        ca_key, request, names = folder / "ca.key", folder / "server.csr", folder / "names"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-days", "2", "-subj", "/CN=Endure conformance stand-in", "-keyout", ca_key, "-out", self.ca,
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-subj", f"/CN={hosts[0]}", "-keyout", self._key, "-out", request)
        names.write_text("subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts) + "\n", encoding="utf-8")
        _openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
                 "-extfile", names, "-out", self._certificate)

    def context(self):
        """For a server's sockets."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate, self._key)
        return context


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} ended with {done.returncode}: {done.stderr.strip()}")
