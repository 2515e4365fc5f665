import { renewBeforeForms } from '../../../shared/client.ts'

export default defineNuxtPlugin(renewBeforeForms)
