"""The function of the local edge as Lambda would describe it, and the variables its processes see."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from origin_router.emulator.launcher import OVERLAY, OVERLAY_FILE

MAIN_REGION = "us-east-1"
"""Lambda@Edge functions live here; a replica's name carries the Region as a prefix (Lambda guide)."""

ACCOUNT = "000000000000"

MAX_TIMEOUT_S = 30.0
"""The longest a Lambda@Edge function may run (CloudFront quotas)."""

INIT_TIMEOUT_S = 10.0
"""The longest INIT may take; then it is repeated within the first invocation (Lambda guide)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What all environments of one edge have in common."""

    name: str
    handler: str
    """`module.attribute` inside the zip."""
    task_root: Path
    """Where the zip was unzipped."""
    runtime_dir: Path
    """See `runtime_dir`."""
    region: str
    version: str = "1"
    memory_mb: int = 128
    """What the function is told; see `resources` for what is enforced of it."""
    timeout_s: float = MAX_TIMEOUT_S
    init_timeout_s: float = INIT_TIMEOUT_S
    log_level: str = "DEBUG"
    ca_file: Path | None = None
    """Authorities that the function trusts instead of the system's."""
    ca_directories: str = ""
    """OpenSSL's SSL_CERT_DIR: hashed directories of authorities in place of the default one; empty: the default."""
    python: Path = Path(sys.executable)
    python_version: str = f"{sys.version_info.major}.{sys.version_info.minor}"
    """Major and minor version of `python`."""

    @property
    def replica_name(self) -> str:
        """The name under which the function runs at the edge."""
        return f"{MAIN_REGION}.{self.name}"

    @property
    def arn(self) -> str:
        """The replica's version, as the function is invoked."""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.replica_name}:{self.version}"

    @property
    def command(self) -> list[str]:
        """How a process of it is started: isolated from the user's Python, without bytecode caches.

        /var/task is read-only in Lambda, so a cold start there compiles what the zip holds. `-X utf8`
        stands for Lambda's UTF-8 locale, which this machine may not have.
        """
        launcher = Path(__file__).with_name("launcher.py")
        return [str(self.python), "-I", "-S", "-B", "-X", "utf8", str(launcher), self.handler]


def process_variables(
    function: Function, *, runtime_api: str, log_stream: str, overlay: str, overlay_file: str = ""
) -> dict[str, str]:
    """The complete environment of a process: Lambda's reserved variables (Lambda guide), nothing of the user's.

    The credentials are not credentials: they only have the right names.
    """
    variables = {
        "AWS_ACCESS_KEY_ID": "local-edge",
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{function.python_version}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.replica_name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.replica_name}",
        "AWS_LAMBDA_LOG_LEVEL": function.log_level,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": function.region,
        "AWS_SECRET_ACCESS_KEY": "local-edge",
        "AWS_SESSION_TOKEN": "local-edge",
        "LAMBDA_RUNTIME_DIR": str(function.runtime_dir),
        "LAMBDA_TASK_ROOT": str(function.task_root),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }
    if overlay:
        variables[OVERLAY] = overlay
    if overlay_file:
        variables[OVERLAY_FILE] = overlay_file
    if function.ca_file is not None:
        variables["SSL_CERT_FILE"] = str(function.ca_file)
    if function.ca_directories:
        variables["SSL_CERT_DIR"] = function.ca_directories
    if "LD_LIBRARY_PATH" in os.environ:  # some Pythons do not start without it
        variables["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return variables
