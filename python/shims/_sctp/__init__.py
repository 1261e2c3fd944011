"""Takes the place of the compiled part of py3-sctp."""

from . import sctp, sctp_event, sctp_info
