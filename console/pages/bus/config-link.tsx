import { addressOf } from '../../app/router.js'
import { visible } from '../../text/visible.js'
import { may } from './ask.js'
import { chosenHub } from './chosen-hub.js'

/** The name of a part, which leads administrators to its configuration on this hub. */
export function ConfigLink({ name, keys }: { name: string; keys: string }) {
  const shown = <strong>{visible(name)}</strong>
  if (!may('admin') || chosenHub() !== undefined) return shown
  return <a href={addressOf('bus', { tab: 'configuration', search: keys })}>{shown}</a>
}
