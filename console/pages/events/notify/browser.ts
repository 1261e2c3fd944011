import { signal } from '@preact/signals'

/** True after the browser has refused to show a notification that it had allowed. */
export const isRefused = signal(false)

/** Asks the person at the browser. False also in browsers without notifications, and in those that refuse by throwing. */
export async function askToNotify(): Promise<boolean> {
  if (!('Notification' in globalThis)) return false
  try {
    const isAllowed = (await Notification.requestPermission()) === 'granted'
    if (isAllowed) isRefused.value = false
    return isAllowed
  } catch {
    return false
  }
}

/** Shows a notification, if that is allowed. Some browsers of phones allow it, and throw all the same. */
export function notify(title: string, options: NotificationOptions): void {
  if (!('Notification' in globalThis)) isRefused.value = true
  else if (Notification.permission === 'granted') {
    try {
      const shown = new Notification(title, options)
      shown.onclick = () => {
        window.focus()
        shown.close()
      }
    } catch {
      isRefused.value = true
    }
  }
}
