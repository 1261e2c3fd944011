"""Takes the place of py3-sctp."""

from _sctp.sctp import *
from _sctp.sctp_event import *
from _sctp.sctp_info import *
from tocsin.sctp.structs import *
