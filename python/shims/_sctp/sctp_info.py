from tocsin.sctp.constants import *
from tocsin.sctp.structs import (
    sctp_authinfo,
    sctp_nxtinfo,
    sctp_prinfo,
    sctp_rcvinfo,
    sctp_recvv_rn,
    sctp_sendv_spa,
    sctp_sndinfo,
)
