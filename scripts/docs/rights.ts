import type { Grant } from '../../src/access/index.js'
import { hasRight } from '../../src/bus/principal.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import type { Method } from '../../src/methods/method.js'

/** One principal for each right, which has that right alone. */
export const kinds = {
  nothing: {},
  publish: { publish: ['deploy/'] },
  see: { see: ['deploy/'] },
  produce: { produce: ['deploy/'] },
  gate: { gate: ['deploy/'] },
  consume: { consume: ['worker'] },
  run: { run: ['true'] },
  ask: { ask: ['web*'] },
  monitor: { monitor: true },
  admin: { admin: true },
  "'*'": '*',
} satisfies Record<string, Grant>

export const YES = 'yes'

const names = Object.keys(kinds)

/** The table of methods as a hub has it, and who may call which. */
export async function rightsReference(): Promise<string> {
  const principals = Object.fromEntries(
    Object.entries(kinds).map(([name, grant]) => [principalWith(name), grant]),
  )
  await using test = await startTestHub({ http: true, config: { principals } })
  const methods = [...test.hub.methods.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
  const paths = await pathsOf(test)
  return `# Rights

The rights that each method and each path needs. For their meaning see [access](../guide/running.md#restrict-local-programs), for the methods [the native protocol](protocol.md#requests). This page is generated from the tables of methods and routes.

A right over events, consumers or programs is needed for something at least: a principal that may see nothing cannot call a method that needs \`see\`. The method then covers only what the right extends to. Of several rights, one is enough. A call without the right is refused with [TCN_ACCESS_DENIED](errors.md#tcn_access_denied).

## Methods

Each column is a principal that has this right alone; \`'*'\` is the owner. The rights are the same on every face that calls methods: native connections (unix sockets and TCP), WebSockets and HTTP.

| method | right | ${names.map(code).join(' | ')} |
|---|---|${names.map(() => ':-:|').join('')}
${methods.map((each) => methodRow(test, each)).join('\n')}

- Methods marked *local* answer on unix sockets only, and are refused elsewhere with [TCN_ACCESS_LOCAL](errors.md#tcn_access_local). So is \`config.get\` with \`text\`. Changes of the configuration by somebody other than the owner, or from elsewhere, are limited to [a few keys](../guide/configuration.md#the-keys-of-the-owner): from elsewhere the owner also changes rules without a job, and what sinks and sources do over the network, but no name of a file; a secret that is stored is given again before it is sent elsewhere.
- **SysAdm** calls methods with the rights of its clients: \`rpc/dispatcher\` calls \`jobs.run\` and \`jobs.kill\` for those with full rights over SysAdm, \`rpc/logs\` calls \`events.read\`. The list of jobs is the same for all its clients.
- **Salt** calls no methods: its faces deliver and accept events, under the rights \`see\` and \`publish\`.
- **NSO and ConfD**: notification sockets are native connections. A notification is shown to principals with \`see\`, those with \`gate\` answer it, and \`NOTIF_TAKEOVER_SYSLOG\` needs \`admin\`.

## Paths

The paths of HTTP beside the methods. \`any\`: a valid login; \`none\`: nothing.

| path | right |
|---|---|
${paths.join('\n')}
`
}

/** The name of the principal with this right: `admin` alone would be the owner. */
export function principalWith(kind: string): string {
  return kind === "'*'" ? 'owner' : `only-${kind}`
}

function methodRow({ hub }: TestHub, { name, right, local }: Method): string {
  const rights = [right].flat()
  const allowed = names.map((kind) => {
    const principal = hub.access.principal(principalWith(kind))
    return rights.some((each) => hasRight(hub.access.authorize, principal, each)) ? YES : ''
  })
  return `| ${code(name)}${local ? ' *local*' : ''} | ${rights.map(code).join(' or ')} | ${allowed.join(' | ')} |`
}

interface Document {
  paths: Record<string, Record<string, { 'x-right': string }>>
}

async function pathsOf({ hub, http }: TestHub): Promise<string[]> {
  const { paths } = (await (await fetch(`${http}/v1/openapi.json`)).json()) as Document
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(() => !hub.methods.has(path.replace('/v1/', '')))
      .map(([method, each]) => {
        const rights = each['x-right'].split(' or ').map(code).join(' or ')
        return `| ${code(`${method.toUpperCase()} ${path}`)} | ${rights} |`
      }),
  )
}

function code(text: string): string {
  return `\`${text}\``
}
