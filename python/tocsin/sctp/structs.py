"""The structs of SCTP options and messages: dictionaries with fixed keys, which become bytes."""

from __future__ import annotations

import enum
import struct
from typing import Any, ClassVar, Dict, Tuple, Type, TypeVar

from . import constants as c
from .address import STORAGE, ipaddr_to_sockaddr_storage, sockaddr_storage_to_ipaddr

# Options that the tables of this package have no use for otherwise.
SCTP_DISABLE_FRAGMENTS = 8
SCTP_DELAYED_SACK = 16
SCTP_CONTEXT = 17
SCTP_MAX_BURST = 20
SCTP_HMAC_IDENT = 22
SCTP_PEER_AUTH_CHUNKS = 26
SCTP_LOCAL_AUTH_CHUNKS = 27
SCTP_AUTO_ASCONF = 30
SCTP_AUTH_HMAC_ID_SHA1 = 1
SCTP_AUTH_HMAC_ID_SHA256 = 3
SPP_HB_ENABLE = 1
SPP_HB_DISABLE = 2
SPP_HB_DEMAND = 4
SPP_PMTUD_ENABLE = 8
SPP_PMTUD_DISABLE = 16
SPP_SACKDELAY_ENABLE = 32
SPP_SACKDELAY_DISABLE = 64
SPP_HB_TIME_IS_ZERO = 128
SPP_IPV6_FLOWLABEL = 256
SPP_DSCP = 512

_Struct = TypeVar("_Struct", bound="sctp_generic")


class sctp_generic(Dict[str, Any]):
    """A struct: its keys are fixed, and its values are checked when they are set."""

    #: Names and formats of the fields; ``A`` stands for an address.
    _layout: ClassVar[Tuple[Tuple[str, str], ...]] = ()
    #: -1 for a struct that is no option.
    __optname__: ClassVar[int] = -1
    __fields__: ClassVar[Dict[str, str]] = {}
    __c_size__: ClassVar[int] = 0
    fmt: ClassVar[str] = "="
    size: ClassVar[int] = 0

    def __init_subclass__(cls, **more: Any):
        super().__init_subclass__(**more)
        cls.__fields__ = {name: form for name, form in cls._layout if not form.endswith("x")}
        forms = [f"{STORAGE}s" if form == "A" else form for _, form in cls._layout]
        cls.fmt = "=" + "".join(forms)
        cls.size = cls.__c_size__ = struct.calcsize(cls.fmt)

    def __init__(self, **fields: Any):
        if type(self) is sctp_generic:
            raise TypeError("sctp_generic cannot be instantiated")
        super().__init__({name: _default(form) for name, form in self.__fields__.items()})
        for name, value in fields.items():
            self[name] = value

    def __setitem__(self, field: str, value: Any) -> None:
        super().__setitem__(field, self.set_value(field, value))

    def set_value(self, field: str, value: Any) -> Any:
        """Checks a value. Raises ValueError for a field that does not exist, TypeError for a value that does not fit."""
        form = self.__fields__.get(field)
        if form is None:
            raise ValueError(f"{type(self).__name__} has no field {field!r}")
        try:
            struct.pack("=" + (f"{STORAGE}s" if form == "A" else form), _packable(form, value))
        except (struct.error, TypeError) as error:
            raise TypeError(f"{field}: {error}") from None
        return value

    @property
    def to_bytes(self) -> bytes:
        return struct.pack(self.fmt, *(_packable(form, self[name]) for name, form in self.__fields__.items()))

    @classmethod
    def from_bytes(cls: Type[_Struct], data: bytes) -> _Struct:
        values = struct.unpack_from(cls.fmt, data.ljust(cls.size, b"\0"))
        made = cls()
        for (name, form), value in zip(cls.__fields__.items(), values):
            dict.__setitem__(made, name, sockaddr_storage_to_ipaddr(value) if form == "A" else value)
        return made


def _default(form: str) -> Any:
    if form == "A":
        return bytes(STORAGE)
    return bytes(int(form[:-1])) if form.endswith("s") else 0


def _packable(form: str, value: Any) -> Any:
    if form == "A" and not isinstance(value, bytes):
        return ipaddr_to_sockaddr_storage(value)
    return value.to_bytes if isinstance(value, sctp_generic) else value


def _fields(text: str) -> Tuple[Tuple[str, str], ...]:
    """Reads ``name:format …``."""
    return tuple((name, form) for name, form in (each.split(":") for each in text.split()))


class sctp_event(sctp_generic):
    """Switches one type of notification on or off."""

    _layout = _fields("se_assoc_id:i se_type:H se_on:B pad:x")
    __optname__ = c.SCTP_EVENT


class sctp_initmsg(sctp_generic):
    _layout = _fields("sinit_num_ostreams:H sinit_max_instreams:H sinit_max_attempts:H sinit_max_init_timeo:H")
    __optname__ = c.SCTP_INITMSG


class sctp_rtoinfo(sctp_generic):
    _layout = _fields("srto_assoc_id:i srto_initial:I srto_max:I srto_min:I")
    __optname__ = c.SCTP_RTOINFO


class sctp_assocparams(sctp_generic):
    _layout = _fields(
        "sasoc_assoc_id:i sasoc_asocmaxrxt:H sasoc_number_peer_destinations:H"
        " sasoc_peer_rwnd:I sasoc_local_rwnd:I sasoc_cookie_life:I"
    )
    __optname__ = c.SCTP_ASSOCINFO


class sctp_setadaptation(sctp_generic):
    _layout = _fields("ssb_adaptation_ind:I")
    __optname__ = c.SCTP_ADAPTATION_LAYER


class sctp_assoc_value(sctp_generic):
    _layout = _fields("assoc_id:i assoc_value:I")
    __optname__ = c.SCTP_MAXSEG


class sctp_sack_info(sctp_generic):
    _layout = _fields("sack_assoc_id:i sack_delay:I sack_freq:I")
    __optname__ = SCTP_DELAYED_SACK


class sctp_authkeyid(sctp_generic):
    _layout = _fields("scact_assoc_id:i scact_keynumber:H pad:2x")
    __optname__ = c.SCTP_AUTH_ACTIVE_KEY


class sctp_default_prinfo(sctp_generic):
    _layout = _fields("pr_assoc_id:i pr_value:I pr_policy:H pad:2x")
    __optname__ = c.SCTP_DEFAULT_PRINFO


class sctp_setprim(sctp_generic):
    _layout = _fields("ssp_assoc_id:i ssp_addr:A")
    __optname__ = c.SCTP_PRIMARY_ADDR


class sctp_setpeerprim(sctp_generic):
    _layout = _fields("sspp_assoc_id:i sspp_addr:A")
    __optname__ = c.SCTP_SET_PEER_PRIMARY_ADDR


class sctp_paddrparams(sctp_generic):
    _layout = _fields(
        "spp_assoc_id:i spp_address:A spp_hbinterval:I spp_pathmaxrxt:H spp_pathmtu:I"
        " spp_sackdelay:I spp_flags:I spp_ipv6_flowlabel:I spp_dscp:B pad:x"
    )
    __optname__ = c.SCTP_PEER_ADDR_PARAMS


class sctp_paddrinfo(sctp_generic):
    _layout = _fields(
        "spinfo_assoc_id:i spinfo_address:A spinfo_state:i spinfo_cwnd:I spinfo_srtt:I spinfo_rto:I spinfo_mtu:I"
    )
    __optname__ = c.SCTP_GET_PEER_ADDR_INFO


class sctp_status(sctp_generic):
    _layout = _fields(
        "sstat_assoc_id:i sstat_state:i sstat_rwnd:I sstat_unackdata:H sstat_penddata:H sstat_instrms:H"
        " sstat_outstrms:H sstat_fragmentation_point:I sstat_primary:152s"
    )
    __optname__ = c.SCTP_STATUS

    @classmethod
    def from_bytes(cls, data: bytes) -> sctp_status:
        made = super().from_bytes(data)
        dict.__setitem__(made, "sstat_primary", sctp_paddrinfo.from_bytes(made["sstat_primary"]))
        return made


class sctp_authchunk(sctp_generic):
    _layout = _fields("sauth_chunk:B")
    __optname__ = c.SCTP_AUTH_CHUNK


class sctp_sndinfo(sctp_generic):
    """The parameters of a message that is sent."""

    _layout = _fields("snd_sid:H snd_flags:H snd_ppid:I snd_context:I snd_assoc_id:i")
    __optname__ = c.SCTP_DEFAULT_SNDINFO


class sctp_prinfo(sctp_generic):
    _layout = _fields("pr_policy:H pad:2x pr_value:I")


class sctp_authinfo(sctp_generic):
    _layout = _fields("auth_keynumber:H")


class sctp_rcvinfo(sctp_generic):
    """The parameters of a message that was received."""

    _layout = _fields(
        "rcv_sid:H rcv_ssn:H rcv_flags:H pad:2x rcv_ppid:I rcv_tsn:I rcv_cumtsn:I rcv_context:I rcv_assoc_id:i"
    )


class sctp_nxtinfo(sctp_generic):
    """The facts that are known about the message after it."""

    _layout = _fields("nxt_sid:H nxt_flags:H nxt_ppid:I nxt_length:I nxt_assoc_id:i")


class sctp_authkey(Dict[str, Any]):
    """A shared key, of any length."""

    __optname__ = c.SCTP_AUTH_KEY

    def __init__(self, *, sca_assoc_id: int = 0, sca_keynumber: int = 0, sca_key: Any = None):
        super().__init__(sca_assoc_id=sca_assoc_id, sca_keynumber=sca_keynumber, sca_key=sca_key)

    @property
    def to_bytes(self) -> bytes:
        key = self["sca_key"] or b""
        return struct.pack("=iHH", self["sca_assoc_id"], self["sca_keynumber"], len(key)) + key


class _Several:
    """Several structs in one, each at its own attribute."""

    _parts: ClassVar[Dict[str, Type[sctp_generic]]] = {}

    def __init__(self, infos: Any = ()):
        for name in self._parts:
            setattr(self, name, None)
        for info in infos:
            found = next((name for name, kind in self._parts.items() if type(info) is kind), None)
            if found is None or getattr(self, found) is not None:
                raise TypeError(f"{type(self).__name__} takes one each of {', '.join(self._parts)}")
            setattr(self, found, info)

    def __repr__(self) -> str:
        return repr({name: getattr(self, name) for name in self._parts})


class sctp_sendv_spa(_Several):
    sndinfo: Any
    prinfo: Any
    authinfo: Any
    _parts = {"sndinfo": sctp_sndinfo, "prinfo": sctp_prinfo, "authinfo": sctp_authinfo}


class sctp_recvv_rn(_Several):
    rcvinfo: Any
    nxtinfo: Any
    _parts = {"rcvinfo": sctp_rcvinfo, "nxtinfo": sctp_nxtinfo}


class ChunkTypes(enum.IntEnum):
    DATA = 0
    INIT = 1
    INIT_ACK = 2
    SACK = 3
    HEARTBEAT = 4
    HEARTBEAT_ACK = 5
    ABORT = 6
    SHUTDOWN = 7
    SHUTDOWN_ACK = 8
    ERROR = 9
    COOKIE_ECHO = 10
    COOKIE_ACK = 11
    SHUTDOWN_COMPLETE = 14
    AUTH = 15


SCTP_EVENT_CSIZE = sctp_event.size
SCTP_INITMSG_CSIZE = sctp_initmsg.size
SCTP_PADDRPARAMS_CSIZE = sctp_paddrparams.size
SCTP_PADDRINFO_CSIZE = sctp_paddrinfo.size
SCTP_RTOINFO_CSIZE = sctp_rtoinfo.size
SCTP_ASSOCPARAMS_CSIZE = sctp_assocparams.size
SCTP_SETPRIM_CSIZE = sctp_setprim.size
SCTP_SETADAPTATION_CSIZE = sctp_setadaptation.size
SCTP_MAXSEG_CSIZE = sctp_assoc_value.size
SCTP_DELAYED_SACK_CSIZE = sctp_sack_info.size
SCTP_SNDINFO_CSIZE = sctp_sndinfo.size
SCTP_DEFAULT_PRINFO_CSIZE = sctp_default_prinfo.size
SCTP_STATUS_CSIZE = sctp_status.size
SCTP_SET_PEER_PRIMARY_ADDR_CSIZE = sctp_setpeerprim.size
SOCKADDR_STORAGE_CSIZE = STORAGE

__all__ = [name for name in list(globals()) if name.startswith(("sctp_", "SCTP_", "SPP_", "SOCKADDR_", "ChunkTypes"))]
