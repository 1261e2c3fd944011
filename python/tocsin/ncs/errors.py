"""The two exceptions of the vendor's modules."""

from __future__ import annotations

from . import codes


class Error(Exception):
    """A function failed. ``confd_errno`` and ``ncs_errno`` are the same number (``ERR_…``)."""

    def __init__(self, message: str, errno: int = codes.ERR_EXTERNAL, code: str = ""):
        super().__init__(message)
        self.confd_errno = self.ncs_errno = errno
        self.confd_strerror = self.ncs_strerror = self.strerror = _TEXTS.get(errno, "Error")
        self.confd_lasterr = self.ncs_lasterr = message
        #: The hub's own code for the error, TCN_…, if it has one.
        self.code = code

    def __str__(self) -> str:
        return f"{self.confd_strerror} ({self.confd_errno}): {self.confd_lasterr}"


class EOF(Exception):
    """The hub closed the socket between two notifications."""


_TEXTS = {
    codes.ERR_NOEXISTS: "Item does not exist",
    codes.ERR_ACCESS_DENIED: "Permission denied",
    codes.ERR_BADSTATE: "Bad state",
    codes.ERR_INTERNAL: "Internal error",
    codes.ERR_EXTERNAL: "External error",
    codes.ERR_PROTOUSAGE: "Protocol usage error",
    codes.ERR_NOSESSION: "No such session",
    codes.ERR_OS: "Operating system error",
    codes.ERR_EOF: "Unexpected end of file",
    codes.ERR_TIMEOUT: "Timeout",
    codes.ERR_XPATH: "XPath error",
    codes.ERR_NOT_IMPLEMENTED: "Not implemented",
}


def of_hub(code: str, message: str) -> Error:
    """The error for one that the hub reports."""
    return Error(f"{message} ({code})" if message else code, _errno_of(code), code)


def _errno_of(code: str) -> int:
    for part, errno in (
        ("ACCESS", codes.ERR_ACCESS_DENIED),
        ("TRANSACTION_OVER", codes.ERR_BADSTATE),
        ("NCS_TRANSACTION", codes.ERR_NOEXISTS),
        ("XPATH", codes.ERR_XPATH),
        ("UNKNOWN", codes.ERR_NOEXISTS),
        ("NCS_STREAM_TIME", codes.ERR_PROTOUSAGE),
        ("NCS_STREAM", codes.ERR_NOEXISTS),
        ("NCS_SESSION", codes.ERR_NOSESSION),
        ("TIMEOUT", codes.ERR_TIMEOUT),
        ("WRITE_BLOCK", codes.ERR_TIMEOUT),
        ("PROTOCOL", codes.ERR_PROTOUSAGE),
    ):
        if part in code:
            return errno
    return codes.ERR_INTERNAL
