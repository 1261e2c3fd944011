import { useEffect } from 'preact/hooks'

/** Gives the focus to the nearest part of the page that is left, when what had it is gone. */
export function useKeptFocus(): void {
  useEffect(() => {
    let path: readonly HTMLElement[] = []
    const remember = (event: FocusEvent) => {
      path = event.composedPath().filter((each) => each instanceof HTMLElement)
    }
    const watcher = new MutationObserver(() => {
      if (document.activeElement !== document.body || path[0]?.isConnected !== false) return
      path.find((each) => each.isConnected && each.matches('[tabindex="-1"]'))?.focus({ preventScroll: true })
    })
    document.addEventListener('focusin', remember)
    watcher.observe(document.body, { childList: true, subtree: true })
    return () => {
      document.removeEventListener('focusin', remember)
      watcher.disconnect()
    }
  }, [])
}
