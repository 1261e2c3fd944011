"""Takes the place of the vendor's module for programs that read notifications; the hub is Tocsin."""

import os

from tocsin.ncs.codes import *
from tocsin.ncs.library import *
from tocsin.ncs.missing import attribute_of
from tocsin.ncs.values import (
    DateTime,
    HKeypathRef,
    TagValue,
    TransCtxRef,
    UserInfo,
    Value,
    XmlTag,
    hash2str,
    ns2prefix,
    str2hash,
)

from . import cdb, dp, error, events, ha, maapi

ADDR = os.environ.get("NCS_IPC_ADDR") or "127.0.0.1"
#: None where the hub is reached by its socket.
PORT = int(os.environ.get("NCS_IPC_PORT") or 0) or None
PATH = os.environ.get("NCS_IPC_PATH") or "/tmp/nso/nso-ipc"

__getattr__ = attribute_of(__name__)
