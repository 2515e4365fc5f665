import { renewBeforeForms } from '../../shared/client.ts'

renewBeforeForms()
