"""Returns the answers of genuine CPython: reads cases as one msgpack list, and writes one msgpack list of answers."""

import datetime
import fnmatch
import re
import sys

import msgpack


class Constant:
    """With slots, it is as large here as without them in Python 3.10, with which Salt is distributed."""

    __slots__ = ("name", "value")

    def __init__(self, name, value):
        self.name = name
        self.value = value


def ext_hook(code, data):
    if code == 78:
        return datetime.datetime.strptime(data.decode(), "%Y%m%dT%H:%M:%S.%f")
    if code == 79:
        return Constant(*msgpack.unpackb(data))
    return data


def default(value):
    if isinstance(value, datetime.datetime):
        return msgpack.ExtType(78, value.strftime("%Y%m%dT%H:%M:%S.%f").encode())
    return msgpack.ExtType(79, msgpack.packb([value.name, value.value], use_bin_type=True))


def loads(data):
    return msgpack.unpackb(data, raw=False, ext_hook=ext_hook, strict_map_key=False)


def dumps(value):
    return msgpack.packb(value, use_bin_type=True, default=default)


def replace_large(values, largest):
    for key, value in values.items():
        if isinstance(value, dict):
            replace_large(value, largest)
        elif sys.getsizeof(value) > largest:
            values[key] = "VALUE_TRIMMED"


def trim(case):
    data, limit = case
    if sys.getsizeof(data) <= limit:
        return data
    values = loads(data)
    for percent in (50.0, 40.0, 30.0, 20.0, 10.0):
        replace_large(values, limit * (percent / 100))
        packed = dumps(values)
        if sys.getsizeof(packed) < limit:
            break
    return packed


def sizes(case):
    value = loads(case)
    # Python 3.11 and later report 28.
    return 24 if isinstance(value, int) and value == 0 else sys.getsizeof(value)


def regex(case):
    pattern, tag = case
    try:
        return re.compile("^" + pattern).search(tag) is not None
    except re.error:
        return None


def glob(case):
    pattern, name = case
    return fnmatch.fnmatch(name, pattern)


work = {"trim": trim, "sizes": sizes, "regex": regex, "glob": glob}[sys.argv[1]]
cases = msgpack.unpackb(sys.stdin.buffer.read(), raw=False, strict_map_key=False)
sys.stdout.buffer.write(msgpack.packb([work(case) for case in cases], use_bin_type=True))
