/** The parts of the packages of Expo and React Native that the example uses. */
declare module 'expo-crypto' {
  export function getRandomValues<Bytes extends Uint8Array>(bytes: Bytes): Bytes
}

declare module 'expo-secure-store' {
  export function getItemAsync(key: string, options?: object): Promise<string | null>
  export function setItemAsync(key: string, value: string, options?: object): Promise<void>
}

declare module 'react-native' {
  type AppStateStatus = 'active' | 'background' | 'inactive' | 'unknown' | 'extension'
  export const AppState: {
    currentState: AppStateStatus
    addEventListener(
      type: 'change' | 'memoryWarning' | 'blur' | 'focus',
      listener: (state: AppStateStatus) => void,
    ): { remove: () => void }
  }
}
