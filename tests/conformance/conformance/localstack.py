"""LocalStack: an AWS endpoint with KMS and a CloudFormation engine, in host mode on a loopback port.

One process serves all components of a run. An account is whatever a request's credential says.
"""

import os
import urllib.error
import urllib.request
from pathlib import Path

from . import cache, process
from .aws_api import Api
from .deployed import Blind
from .process import Server
from .result import CannotRun
from .tools import Tools

COMPONENT = "localstack"
SERVICES = "kms,cloudformation,sts,iam,s3"
BUCKET = "templates"

UNKNOWN_SPECS = {"ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "ECC_NIST_EDWARDS25519", "SM2"}


def version() -> str:
    return f"LocalStack {cache.locked_version(COMPONENT, 'localstack-core')}"


def environment(port: int, folder: Path) -> dict[str, str]:
    """Its settings: loopback only, nothing fetched, nothing reported, no settings of the user."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LOCALSTACK_"))}
    return inherited | {
        "LOCALSTACK_VOLUME_DIR": str(folder), "GATEWAY_LISTEN": f"127.0.0.1:{port}", "DNS_ADDRESS": "0",
        "SERVICES": SERVICES, "EAGER_SERVICE_LOADING": "0", "SKIP_SSL_CERT_DOWNLOAD": "1", "DISABLE_EVENTS": "1",
        # The other engine cannot read a literal `${AWS::Region}` in a `Fn::Sub`, and takes a second a resource.
        "PROVIDER_OVERRIDE_CLOUDFORMATION": "engine-v2",
    }  # fmt: skip


def stand_in(key_spec: str, key_usage: str) -> str:
    """The key spec, or for one that LocalStack does not know another one that has the usage."""
    if key_spec not in UNKNOWN_SPECS:
        return key_spec
    return "RSA_2048" if key_usage == "ENCRYPT_DECRYPT" else "ECC_NIST_P256"


def stand_ins(key: dict) -> dict[str, object]:
    """What a key that CloudFormation made here has instead of what is meant."""
    if key["replica"]:
        # Deployed as a key of its own, which says no more than a replica does.
        return {"key_spec": "SYMMETRIC_DEFAULT", "key_usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS", "multi_region": False, "rotation": False}
    instead: dict[str, object] = {}
    if key["key_spec"] in UNKNOWN_SPECS:
        instead["key_spec"] = stand_in(key["key_spec"], key["key_usage"])
    # Its CloudFormation hands neither property on to KMS.
    if key["origin"] != "AWS_KMS":
        instead["origin"] = "AWS_KMS"
    if key["multi_region"]:
        instead["multi_region"] = False
    return instead


def blind(keys: list[dict]) -> Blind:
    """What LocalStack's CloudFormation does not show of these keys."""
    found = ((key["name"], stand_ins(key)) for key in keys)
    return Blind(period=True, stand_ins={name: instead for name, instead in found if instead})


def start(tools: Tools) -> Server:
    """The running endpoint; started by the first component that asks."""

    def make() -> Server:
        folder = tools.folder(COMPONENT)
        python = cache.python(COMPONENT)

        def command(port: int) -> tuple[process.Command, dict[str, str]]:
            return [python, "-m", "localstack.runtime.main"], environment(port, folder)

        return process.serve(
            COMPONENT, command, health="/_localstack/health", log=tools.scratch / "localstack.log", cwd=folder
        )

    server = tools.once(COMPONENT, make)
    server.check()
    return server


def upload(api: Api, name: str, text: bytes) -> str:
    """Puts a template where CloudFormation can read it: a request holds 51,200 bytes, a bucket holds more."""
    scope = f"{api.account}/20260101/us-east-1/s3/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    bucket = f"{BUCKET}-{api.account}"
    for path, body in ((bucket, b""), (f"{bucket}/{name}", text)):
        request = urllib.request.Request(f"{api.server.url}/{path}", body, headers, method="PUT")
        try:
            opener.open(request, timeout=60).close()
        except urllib.error.HTTPError as error:
            if error.code != 409:  # the bucket is there
                raise CannotRun(COMPONENT, f"S3 refuses a template: {error.read()[:300]!r}") from error
        except OSError as error:
            raise api.server.lost(error) from error
    return f"{api.server.url}/{bucket}/{name}"
