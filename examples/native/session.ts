import * as Crypto from 'expo-crypto'
import * as SecureStore from 'expo-secure-store'
import { createClient, secureStorage } from 'latchkey/client/native'
import { AppState } from 'react-native'

export const client = createClient({
  origin: 'https://orders.example.com',
  storage: secureStorage(SecureStore),
  appState: AppState,
  crypto: Crypto,
})
