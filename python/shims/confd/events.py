import sys

import _confd.events

# The module of this name is the low-level one, whichever way a program imports it.
sys.modules[__name__] = _confd.events
