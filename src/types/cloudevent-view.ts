import type { CloudEventView } from '../event/cloudevents.js'
import { derivedAttributes } from './derived-attributes.js'
import type { TypeRegistry } from './registry.js'

/** Events of this log as CloudEvents with the type and the severity that the registry tells. */
export function cloudEventView({ epoch }: { epoch: string }, types: TypeRegistry): Required<CloudEventView> {
  const { severity } = derivedAttributes(types)
  return { epoch, typeOf: types.typeOf, severityOf: ({ bytes, at }) => severity(bytes, at) }
}
