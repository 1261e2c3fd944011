import { signal } from '@preact/signals'

let loading: Promise<void> | undefined

export const areLaterStylesHere = signal(false)

/** Loads the styles of what is not shown at first. Without them it is shown all the same. */
export function laterStyles(): Promise<void> {
  loading ??= new Promise((resolve) => {
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.href = document.querySelector<HTMLMetaElement>('meta[name="later-styles"]')?.content ?? ''
    const done = () => {
      areLaterStylesHere.value = true
      resolve()
    }
    link.onload = done
    link.onerror = () => {
      loading = undefined
      done()
    }
    document.head.append(link)
  })
  return loading
}
