from tocsin.sctp.address import ipaddr_to_sockaddr_storage, sockaddr_storage_to_ipaddr
from tocsin.sctp.constants import *
from tocsin.sctp.socket import SCTPError, sctp_socket
from tocsin.sctp.structs import *
