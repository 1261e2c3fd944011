import { area, entry } from './area.js'

export const hostErrors = area('Hosts', {
  TCN_HOST_UNKNOWN: entry(
    404,
    'there is no such host',
    'List the hosts with `tocsin hosts list`. A host is known a second after its first event.',
  ),
  TCN_HOST_WAITS: entry(
    503,
    'hosts cannot be removed until the hub accepts events',
    'Try again later. `tocsin status` says why the hub accepts none.',
  ),
})
