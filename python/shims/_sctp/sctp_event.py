from tocsin.sctp.constants import *
from tocsin.sctp.notification import parse_notification
from tocsin.sctp.structs import SCTP_EVENT_CSIZE
