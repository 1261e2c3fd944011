import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as C from '../../src/protocols/ncs/constants/events.js'
import { bitOf, maskOf } from '../../src/protocols/ncs/constants/mask.js'
import type { NcsNotification } from '../../src/protocols/ncs/notifications/notification.js'
import { ownSamples, samples } from '../protocols/ncs/samples.js'
import { constantsOf, documents, functionsOf, keysOf } from '../protocols/ncs/seeds.js'
import { NcsHub } from './ncs-hub.js'
import { environmentOf } from './ncs-program.js'
import { PythonProgram } from './python.js'

/** What the vendor's documents promise to Python programs. */

const modules = { newer: '_ncs', older: '_confd' }

let hub: NcsHub
beforeEach(async () => {
  hub = await NcsHub.start()
})
afterEach(() => hub[Symbol.asyncDispose]())

/** A program for the module, which knows the port of the hub by the name of this vendor. */
function python(module: string, program: string, ...args: string[]) {
  const start = `
import json, socket, sys
import ${module} as module
import ${module}.events as events
def tell(value): print(json.dumps(value, default=str))
`
  const env = { ...environmentOf(hub), CONFD_IPC_PORT: String(hub.port) }
  return new PythonProgram(start + program, { args, env })
}

const bodyOf = ({ type: _, ...rest }: NcsNotification) => Object.values(rest)[0] ?? {}

describe.each(Object.entries(documents))('the %s document', (name, document) => {
  const module = modules[name as keyof typeof modules]

  it('names no function, class or constant that the module does not have', async () => {
    const functions = functionsOf(document)
    const classes = [...document.matchAll(/^(?:### )?_?class_? \**([A-Z]\w+)/gm)].map(([, each]) => each)
    expect(functions.length).toBeGreaterThanOrEqual(6)
    expect(classes.length).toBeGreaterThanOrEqual(1)
    const constants = Object.fromEntries(constantsOf(document))
    const program = python(
      module,
      `
functions, classes, constants = map(json.loads, sys.argv[1:])
tell([each for each in functions if not callable(getattr(events, each, None))])
tell([each for each in classes if not isinstance(getattr(events, each, None), type)])
tell([each for each, value in constants.items() if getattr(events, each, None) != value])
`,
      ...[functions, classes, constants].map((each) => JSON.stringify(each)),
    )
    expect(await program.result()).toEqual([[], [], []])
  })

  it('lists no key of a notification that a program cannot read', async () => {
    const all = [...samples, ...ownSamples].filter(({ type }) => type !== C.NOTIF_COMMIT_DIFF)
    const sent = [...all, ...samples.filter(({ type }) => type === C.NOTIF_COMMIT_DIFF)]
    const program = python(
      module,
      `
data = dict(heartbeat_interval=1000, health_check_interval=1000, stream_name="s")
sock = socket.socket()
events.notifications_connect2(sock, int(sys.argv[1]), events.NotificationsData(**data), ip="127.0.0.1", port=module.PORT)
def keys(value):
    if not isinstance(value, dict):
        value = {each: getattr(value, each) for each in dir(value) if each[0] != "_"} if type(value).__module__.startswith("tocsin") else {}
    return sorted({each for key, inner in value.items() for each in [key, *(keys(inner) if isinstance(inner, dict) or key in ("uinfo", "tctx") else [])]})
for _ in range(int(sys.argv[2])):
    found = events.read_notification(sock)
    [payload] = [value for key, value in found.items() if key != "type"] or [{}]
    tell([found["type"], keys(payload)])
`,
      String(maskOf(...sent.map(({ type }) => type))),
      String(sent.length),
    )
    const peer = await hub.peer()
    for (const each of sent) peer.notify(each.type, bodyOf(each))
    const known = new Map<number, Set<string>>()
    for (const [type, keys] of (await program.result()) as [number, string[]][])
      known.set(type, new Set([...(known.get(type) ?? []), ...keys]))
    for (const { types, keys } of keysOf(document))
      for (const type of types.filter((each) => each !== 'NOTIF_TAKEOVER_SYSLOG')) {
        const missing = keys.filter((key) => !known.get(bitOf(type)!)?.has(key))
        expect({ type, missing }).toEqual({ type, missing: [] })
      }
  })
})
