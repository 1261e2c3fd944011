import { expect, it } from 'vitest'
import { requireTool } from '../helpers/tools.js'
import { runPython } from './python.js'

const python = () => requireTool('python3-msgpack')

it('the own msgpack reads and writes like the package python3-msgpack', async () => {
  const told = await runPython(
    `
import random, msgpack
from datetime import datetime, timezone
from tocsin import codec, msgpack as own
assert codec.ACCELERATED and codec.pack is not own.pack

chance = random.Random(7)
def value(depth=0):
    kind = chance.randrange(8 if depth > 3 else 11)
    if kind == 0: return None
    if kind == 1: return chance.random() < 0.5
    if kind == 2: return chance.choice([1, -1]) * chance.getrandbits(chance.randrange(1, 64))
    if kind == 3: return chance.getrandbits(64)
    if kind == 4: return chance.random() * 10 ** chance.randrange(-300, 300)
    if kind == 5: return "ä€𝄞x" * chance.choice([0, 1, 3, 8, 60, 20000])
    if kind == 6: return bytes(chance.getrandbits(8) for _ in range(chance.choice([0, 1, 200, 300])))
    if kind == 7: return own.Ext(chance.randrange(0, 128), bytes(chance.choice([1, 2, 3, 4, 8, 16, 17, 300])))
    if kind == 8: return datetime.fromtimestamp(chance.randrange(-2**33, 2**33), timezone.utc).replace(microsecond=chance.randrange(10**6))
    if kind == 9: return [value(depth + 1) for _ in range(chance.choice([0, 1, 15, 16]))]
    return {(f"k{n}" if n % 2 else n): value(depth + 1) for n in range(chance.choice([0, 1, 15, 16]))}

for _ in range(300):
    wanted = value()
    packed = own.pack(wanted)
    assert own.unpack(packed) == wanted, wanted
    assert codec.unpack(packed) == wanted, wanted
    assert own.unpack(codec.pack(wanted)) == wanted, wanted
for edge in (0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1, -1, -32, -33, -128, -129, -32768, -32769, -2**31, -2**31 - 1, -2**63):
    assert own.pack(edge) == msgpack.packb(edge), edge
for size in (31, 32, 255, 256, 65535, 65536):
    assert own.pack("x" * size) == msgpack.packb("x" * size)
    assert own.pack(bytes(size)) == msgpack.packb(bytes(size))
for size in (15, 16, 65535, 65536):
    assert own.pack([1] * size) == msgpack.packb([1] * size)
deep = None
for _ in range(300):
    deep = [{"deep": deep}] if _ % 2 else [deep]
assert own.unpack(own.pack(deep)) == deep and codec.unpack(own.pack(deep)) == deep
# Bytes that are not UTF-8 survive as text.
for codec_of in (own, codec):
    assert codec_of.pack(codec_of.unpack(b"\\xa2\\xff\\xfe")) == b"\\xa2\\xff\\xfe"
print('"done"')
`,
    { python: python() },
  )
  expect(told).toEqual(['done'])
})

it('the own msgpack refuses bytes that are not one value, whatever they state', async () => {
  const told = await runPython(
    `
import random
from tocsin import msgpack as own
def refused(data):
    try:
        own.unpack(data)
    except ValueError:
        return True
    return False
whole = own.pack({"a": [1, "text", b"bytes", 2.5, {"b": None}], "c": own.Ext(5, bytes(300))})
assert all(refused(whole[:n]) for n in range(len(whole)))
assert refused(whole + b"\\xc0") and refused(b"") and refused(b"\\xc1")
# A list, a map, a text of 4 GiB; a list as a key; too deep.
for head in (b"\\xdd", b"\\xdf", b"\\xdb", b"\\xc6", b"\\xc9"):
    assert refused(head + b"\\xff\\xff\\xff\\xff" + b"\\x01")
assert refused(b"\\x81\\x90\\x01") and refused(b"\\x91" * 600 + b"\\xc0")
chance = random.Random(3)
for _ in range(20000):
    data = bytes(chance.getrandbits(8) for _ in range(chance.randrange(12)))
    try:
        own.unpack(data)
    except ValueError:
        pass
for value in (2**64, -2**63 - 1, object(), {1, 2}):
    try:
        own.pack(value)
        raise AssertionError(value)
    except (TypeError, OverflowError):
        pass
print('"done"')
`,
  )
  expect(told).toEqual(['done'])
})
