import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { laterStyles } from '../app/later-styles.js'

/** A component whose code is loaded when it is first shown. */
export function lazily<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): (props: Props) => preact.JSX.Element | null {
  let known: ComponentType<Props> | undefined
  return function Lazily(props: Props) {
    const isLoaded = useSignal(known !== undefined)
    useEffect(() => {
      void Promise.all([load(), laterStyles()]).then(([component]) => {
        known = component
        isLoaded.value = true
      })
    }, [])
    if (!isLoaded.value || known === undefined) return null
    const Known = known as ComponentType<object>
    return <Known {...props} />
  }
}
