import { area, entry } from './area.js'

export const ncsErrors = area('NSO and ConfD', {
  TCN_NCS_NOTIFICATION: entry(
    400,
    'this is not a valid notification',
    'Correct the key that the message names; docs/reference/ncs.md lists the keys of every type.',
  ),
})
