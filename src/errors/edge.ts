import { area, entry } from './area.js'

export const edgeErrors = area('Edge hubs', {
  TCN_EDGE_UNSUPPORTED: entry(
    501,
    'the hub there does not accept edge hubs',
    'Install a newer version of Tocsin there.',
  ),
  TCN_EDGE_SELF: entry(
    409,
    'the upstream is this hub itself, or has the same log',
    'Correct `upstreams[].servers`. A hub never forwards to itself.',
  ),
})
