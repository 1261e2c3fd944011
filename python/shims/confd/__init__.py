"""Takes the place of the vendor's package for programs that read notifications; the hub is Tocsin."""

import _confd
from _confd import *
from _confd import ADDR, PATH, PORT, events

# The low-level module of this name came with the star.
del maapi

from . import application, cdb, dp, experimental, log, maagic, maapi, template
