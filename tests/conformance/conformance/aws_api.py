"""The AWS API as far as keys and stacks need it, on an endpoint of the suite's own.

Requests carry a credential that names the account, as LocalStack takes it, and no signature: neither endpoint checks one.
"""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from .process import Server

SECONDS = 60
JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


class ApiError(Exception):
    """The endpoint refused a request."""

    def __init__(self, action: str, code: str, message: str):
        super().__init__(f"{action}: {code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Api:
    """The endpoint for an account and a Region."""

    server: Server
    account: str
    region: str

    def kms(self, action: str, **arguments) -> dict:
        """An action of KMS."""
        body = json.dumps(arguments).encode()
        headers = {"X-Amz-Target": f"TrentService.{action}", "Content-Type": JSON}
        status, answer = self.send("kms", body, headers)
        content = json.loads(answer or b"{}")
        if status != 200:
            message = content.get("message") or content.get("Message") or ""
            raise ApiError(action, content.get("__type", str(status)), message)
        return content

    def kms_pages(self, action: str, what: str, **arguments) -> list:
        """Everything that an action of KMS lists."""
        found: list = []
        while True:
            page = self.kms(action, **arguments)
            found += page[what]
            if not page.get("Truncated"):
                return found
            arguments["Marker"] = page["NextMarker"]

    def cloudformation(self, action: str, **arguments: str) -> ElementTree.Element:
        """An action of CloudFormation; the answer without namespaces."""
        body = urllib.parse.urlencode({"Action": action, "Version": "2010-05-15", **arguments}).encode()
        status, answer = self.send("cloudformation", body, {"Content-Type": FORM})
        try:
            root = ElementTree.fromstring(answer)
        except ElementTree.ParseError as error:
            raise ApiError(action, str(status), answer[:500].decode(errors="replace")) from error
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        if status != 200:
            raise ApiError(action, root.findtext(".//Code", str(status)), root.findtext(".//Message", ""))
        return root

    def send(self, service: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer. An endpoint that is gone is nothing that keywright did: CannotRun."""
        scope = f"{self.account}/20260101/{self.region}/{service}/aws4_request"
        own = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
            "Host": f"{service}.{self.region}.amazonaws.com",
        }
        request = urllib.request.Request(self.server.url, body, {**headers, **own}, method="POST")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except (OSError, http.client.HTTPException) as error:
            raise self.server.lost(error) from error
