import { YANG_LIBRARY } from './namespaces.js'
import { type RpcReply, replyData } from './rpc.js'
import { childOf, textAt, type XmlElement } from './xml.js'

const MAX_MODULES = 10_000
const leaves = '<name/><namespace/><conformance-type/>'

/** Asks for the modules by RFC 8525, and by RFC 7895 before it. */
export const GET_MODULES = `<get><filter type="subtree"><yang-library xmlns="${YANG_LIBRARY}"><module-set><module><name/><namespace/></module></module-set></yang-library><modules-state xmlns="${YANG_LIBRARY}"><module>${leaves}</module></modules-state></filter></get>`

/** The names of the modules that the device implements, by their namespaces. */
export function readModules(reply: RpcReply): Map<string, string> {
  const data = replyData(reply)
  const sets = (childOf(data, 'yang-library')?.children ?? []).filter(({ name }) => name === 'module-set')
  const holders = [...sets, childOf(data, 'modules-state')]
  const modules = holders.flatMap((holder) => holder?.children ?? []).filter(isImplemented)
  return new Map(
    modules.slice(0, MAX_MODULES).flatMap((module) => {
      const [name, namespace] = [textAt(module, 'name'), textAt(module, 'namespace')]
      return name === undefined || namespace === undefined ? [] : [[namespace, name] as const]
    }),
  )
}

function isImplemented(module: XmlElement): boolean {
  return module.name === 'module' && textAt(module, 'conformance-type') !== 'import'
}
