import type { Browser } from 'playwright-core'
// @ts-expect-error a script without types
import { launchChromium as launch } from '../../scripts/pictures/chromium.mjs'

export const launchChromium: () => Promise<Browser> = launch
