"""Takes the place of the vendor's package for programs that read notifications; the hub is Tocsin."""

import _confd
from _confd import *
from _confd import ADDR, PATH, PORT

# The low-level modules of these names came with the star.
del cdb, dp, error, events, ha, maapi

from . import (
    alarm,
    application,
    cdb,
    dp,
    error,
    events,
    experimental,
    ha,
    log,
    maagic,
    maapi,
    progress,
    service_log,
    template,
    upgrade,
    util,
)
