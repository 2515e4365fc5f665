import { provideHttpClient, withInterceptors } from '@angular/common/http'
import { createClient } from 'latchkey/client'
import { sessionInterceptor } from 'latchkey/client/angular'

export const client = createClient()
export const providers = [provideHttpClient(withInterceptors([sessionInterceptor(client)]))]
