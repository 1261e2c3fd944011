import { chromium } from 'playwright-core'

/** Starts the Chromium of Debian without its windows, which are most of the work of starting it. */
export function launchChromium() {
  return chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] })
}
