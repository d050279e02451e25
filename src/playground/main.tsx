/** The page: takes the key out of the address before anything else, and shows the app. */
import { render } from 'preact'
import { App } from './app.tsx'
import { takeKeyFromAddress } from './key.ts'
import './style.css'

takeKeyFromAddress()
const root = document.getElementById('app')
if (root !== null) render(<App />, root)
