/**
 * Common passwords of eight and more characters, in lower case without spaces. The list is short
 * on purpose: the minimum length excludes most, repetitions and rows of keys are found by rule, and
 * the throttle slows down guessing. It is not a list of breached passwords.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  password1 password12 password123 password1234 password12345 password123456 password1234567
  password12345678 password123456789 password1! password123! passw0rd p@ssw0rd p@ssword p@ssw0rd1
  p@ssw0rd123 passw0rd123 passwordpassword1 mypassword mypassword1 mypassword123
  mypasswordispassword thisismypassword thisismypassword1 thisisapassword thisisthepassword
  thisisnotmypassword mysecretpassword verysecretpassword supersecretpassword supersecretpassword123
  averylongpassword averyveryverylongpassword thisisaverylongpassword mylongpassword longpassword123
  newpassword1 newpassword123 oldpassword1 oldpassword123 yourpassword yourpassword123
  defaultpassword temporarypassword temporarypassword1 changeme123 changemenow changemeplease
  pleasechangeme pleasechangeme123 pleaseletmein letmein123 letmein1234 letmeinplease
  letmeinletmein1 welcome1 welcome12 welcome123 welcome1234 welcome12345 welcometothejungle
  welcomehome123 administrator administrator1 administrator123 administrator1234 adminadmin1
  admin123456 admin12345678 administratorpassword adminpassword adminpassword123 rootpassword
  rootpassword123 userpassword userpassword123 guestpassword testpassword testpassword1
  testpassword123 testtest123 test12345678 demopassword demopassword123 examplepassword
  samplepassword secretpassword secretpassword1 secretpassword123 topsecretpassword nopassword123
  nopasswordhere ihavenopassword idontknow123 idontknowmypassword iforgotmypassword
  iforgotmypassword1 forgotpassword forgotmypassword icantremember cantremember123 whatismypassword
  guessmypassword qwerty123 qwerty1234 qwerty12345 qwerty123456 qwerty1234567 qwerty12345678
  qwerty123456789 qwertyuiop123 qwertyuiop123456 qwertyuiop12345 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
  1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx 1qaz2wsx3edc
  1qaz2wsx3edc4rfv 1qaz2wsx3edc4rfv5tgb q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 q1w2e3r4t5y6u7i8 zaq12wsx
  zaq1xsw2 zaq1xsw2cde3 zaq1xsw2cde3vfr4 qazwsxedc qazwsxedcrfv qazwsxedcrfvtgb qazwsxedcrfvtgbyhn
  qazxswedc qazxswedcvfr qweasdzxc qweasdzxc123 asdqwe123 123qweasdzxc 123qweasd abc123456
  abc12345678 abcd1234 abcd12345678 abcdef123456 abcdefg1234567 abcdefgh12345678 a1b2c3d4 a1b2c3d4e5
  a1b2c3d4e5f6 a1b2c3d4e5f6g7 a1b2c3d4e5f6g7h8 a123456789 aa123456 aa123456789 asd123456 asdf1234
  asdfghjkl123 asdfghjkl123456 zxcvbnm123 zxcvbnm123456789 123456789abc 123456789abcdef 123456abcdef
  12345678910 1234567891011 123456789101112 12345678910111213 1234567891011121314 0123456789abcdef
  deadbeefdeadbeef cafebabedeadbeef 314159265358979 3141592653589793 31415926535897932384
  271828182845904 123123123456456 112233445566 11223344556677 1122334455667788 112233445566778899
  147258369 147258369147258 159357258456 741852963 963852741 789456123 987654321012345 iloveyou1
  iloveyou2 iloveyou12 iloveyou123 iloveyou1234 iloveyou12345 iloveyousomuch iloveyousomuch1
  iloveyouforever iloveyoubaby iloveyoualways iloveyoumom iloveyoujesus iloveyouandmyself
  iloveyouverymuch iloveyoutothemoon iloveyoumorethan iloveyou3000 iloveme123 ilovemyself
  ilovemyself1 ilovemyfamily ilovemyfamily1 ilovemymom ilovemymother ilovemydog123 ilovemycat123
  ilovemydogs ilovemychildren ilovemywife ilovemyhusband ilovemyhusband1 ilovechocolate
  ilovechocolate1 ilovefootball ilovebasketball ilovemusic123 ilovejesus ilovejesus123 ilovegod123
  jesuslovesme jesuslovesyou jesuschrist jesuschrist1 jesusismylord jesusismysavior jesusislord1
  jesuschristislord godisgood godisgood1 godisgood123 godisgoodallthetime godislove godislove123
  godislovegodislife godblessme godblessyou godblessamerica ingodwetrust thankyoujesus thankyoulord1
  blessedandhighly trustnoone trustno1 trustno1trustno1 sunshine1 sunshine123 sunshine12345
  princess1 princess123 football1 football123 baseball1 baseball123 basketball basketball1
  basketball123 superman1 superman123 batman123 spiderman1 spiderman123 starwars1 starwars123
  maytheforcebewithyou maytheforcebewithu harrypotter harrypotter1 harrypotter123 lordoftherings
  lordoftherings1 gameofthrones gameofthrones1 winteriscoming winteriscoming1 pokemon123 dragonball
  dragonballz dragonballz1 manchesterunited manchesterunited1 manchestercity realmadrid
  realmadrid123 barcelona123 liverpool1 liverpool123 youllneverwalkalone chelsea123 arsenal123
  juventus123 liverpoolfc123 footballmanager computer1 computer123 internet1 internet123 facebook1
  facebook123 google123 microsoft1 microsoft123 windows123 samsung123 iphone123
  correcthorsebatterystaple correcthorsebatterystaple1 troubador&3 tr0ub4dor&3 hunter2hunter2
  opensesame opensesame1 opensesame123 abracadabra abracadabra1 abracadabra123
  supercalifragilisticexpialidocious antidisestablishmentarianism
  pneumonoultramicroscopicsilicovolcanoconiosis thequickbrownfox thequickbrownfoxjumps
  thequickbrownfoxjumpsover thequickbrownfoxjumpsoverthelazydog loremipsumdolor loremipsumdolorsit
  loremipsumdolorsitamet tobeornottobe tobeornottobethatisthequestion itwasthebestoftimes
  onceuponatime onceuponatime1 happilyeverafter livelaughlove livelaughlove1 carpediem123
  hakunamatata hakunamatata1 dontworrybehappy neversaynever neversaynever1 nevergiveup nevergiveup1
  nevergonnagiveyouup keepcalmandcarryon followyourdreams yesterdayallmytroubles stairwaytoheaven
  bohemianrhapsody helloworld1 helloworld123 helloworldhelloworld1 hellohello123 goodmorning123
  goodbyeworld happybirthday happybirthday1 happybirthdaytoyou happynewyear happynewyear2025
  happynewyear2026 merrychristmas merrychristmas1 summer2024 summer2025 summer2026 winter2024
  winter2025 winter2026 spring2025 spring2026 autumn2025 autumn2026 january2026 monday123
  letsgobrandon blink182blink182 metallica123 nirvana123 fuckyou123 fuckyoufuckyou1 gofuckyourself
  woaini1314 woaini520 woaini1314520 5201314520 52013145201314 woaini123456 woaini5201314 a5201314
  zhangwei123 nihao123 nihaoma123 latchkey1 latchkey123 latchkey1234 latchkey12345 latchkeypassword
  latchkeyserver mylatchkey mylatchkeypassword
  `
    .trim()
    .split(/\s+/),
)
