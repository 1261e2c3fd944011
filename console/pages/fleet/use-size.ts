import { useSignal } from '@preact/signals'
import { useLayoutEffect } from 'preact/hooks'

/** The room that an element has now, px. */
export function useSize(element: { readonly current: HTMLElement | null }): {
  width: number
  height: number
} {
  const size = useSignal({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth = 0, clientHeight = 0 } = element.current ?? {}
      const { width, height } = size.peek()
      if (width !== clientWidth || height !== clientHeight)
        size.value = { width: clientWidth, height: clientHeight }
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [])
  return size.value
}
