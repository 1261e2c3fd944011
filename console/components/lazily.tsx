import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { laterStyles } from '../app/later-styles.js'
import { setting } from '../app/setting.js'
import { strings } from '../strings.js'

/** For components whose styles are there from the beginning. */
export const noStyles = () => {}

/** A component whose code is loaded, with its styles, when it is first shown. */
export function lazily<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  styles: () => unknown = laterStyles,
): (props: Props) => preact.JSX.Element | null {
  let known: ComponentType<Props> | undefined
  return function Lazily(props: Props) {
    const isLoaded = useSignal(known !== undefined)
    const hasFailed = useSignal(false)
    useEffect(() => {
      Promise.all([load(), styles()]).then(
        ([component]) => {
          known = component
          isLoaded.value = true
        },
        setting(hasFailed, true),
      )
    }, [])
    if (hasFailed.value)
      return (
        <p class="problem" role="alert">
          {strings.notLoaded}
        </p>
      )
    if (!isLoaded.value || known === undefined) return null
    const Known = known as ComponentType<object>
    return <Known {...props} />
  }
}
