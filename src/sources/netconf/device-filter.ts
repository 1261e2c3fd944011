import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { finished } from '../../incremental/steps.js'
import { refuseEndMark } from '../../protocols/netconf/codec/framing.js'
import type { NetconfFilter } from '../../protocols/netconf/codec/subscription.js'
import { readXml } from '../../protocols/netconf/codec/xml.js'
import type { DeviceFilter } from './config.js'

/** The filter of a request, if there is one. */
export function filterOf(filter: DeviceFilter | undefined): { filter?: NetconfFilter } {
  if (filter === undefined) return {}
  const { subtree, xpath = '', namespaces } = filter
  return { filter: subtree === undefined ? { xpath, namespaces } : { subtree } }
}

/** Text that is not whole elements would change the request around it. */
export function checkSubtree(filter: DeviceFilter | undefined): void {
  if (filter?.subtree === undefined) return
  try {
    refuseEndMark(filter.subtree)
    finished(readXml(Buffer.from(`<filter>${filter.subtree}</filter>`)))
  } catch (error) {
    throw new TocsinError('TCN_NETCONF_XML', `filter.subtree: ${messageOf(error)}`)
  }
}
