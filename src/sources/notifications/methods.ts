import { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { DeviceInfo, SourceInfo } from '../../methods/contract/index.js'
import { type Method, method } from '../../methods/method.js'
import type { PartMethodContext } from '../../observers/part-methods.js'
import * as results from './results.js'

const kinds = ['netconf', 'restconf'] as const

const shown = z.object({
  connected: z.boolean().default(false),
  address: z.string().default(''),
  gaps: z.int().default(0),
  capabilities: z.array(z.string()).default([]),
})
const details = z.object({
  device: z.string().optional(),
  server: z.string().optional(),
  from: z.string().optional(),
  stream: z.string().default(''),
  protocol: z.string().optional(),
  encoding: z.string().optional(),
  replay: z.boolean().optional(),
})

/** The method about the devices of the sources `netconf` and `restconf`. */
export function deviceMethods(context: PartMethodContext): Method[] {
  return [
    method({
      name: 'devices.list',
      summary: 'Lists the network devices whose notifications the hub takes.',
      right: 'monitor',
      params: z.object({ name: z.string().max(64).optional().describe('Only this one.') }),
      result: results.devices,
      run: async (_call, { name }) => ({ devices: devicesOf(context, name) }),
    }),
  ]
}

function devicesOf({ sources, inspect }: PartMethodContext, wanted: string | undefined): DeviceInfo[] {
  const devices = sources().flatMap((source) => {
    const [kind, name] = kindAndName(source)
    if (kind === undefined || (wanted !== undefined && name !== wanted)) return []
    const [row = {}] = inspect(source.name)
    const { capabilities, address: configured, ...facts } = shown.parse(row)
    const uris = wanted === undefined ? {} : { capabilityUris: capabilities }
    const { address = configured, ...fields } = sourceFieldsOf(source)
    return [{ name, kind, ...fields, address, ...facts, capabilities: capabilities.length, ...uris }]
  })
  if (devices.length > 0 || wanted === undefined) return devices
  throw new TocsinError('TCN_METHOD_PARAMS', `devices.list: params.name: no device has the name ${wanted}`)
}

function kindAndName({ name }: SourceInfo): [(typeof kinds)[number] | undefined, string] {
  const slash = name.indexOf('/')
  return [kinds.find((kind) => kind === name.slice(0, slash)), name.slice(slash + 1)]
}

function sourceFieldsOf(source: SourceInfo) {
  const { state, since, reason, events, lastEvent, restarts } = source
  const { device, server, from, stream, protocol, encoding, replay } = details.parse(source.details)
  return {
    ...{ state, since, reason, events, lastEvent, restarts },
    address: from ?? device ?? server,
    protocol: protocol ?? encoding,
    stream,
    replay,
  }
}
