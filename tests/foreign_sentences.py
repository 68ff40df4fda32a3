"""Short sentences as customers write them, made up, in six languages that are not English."""

FOREIGN = {
    "de": """Mein Koffer ist immer noch nicht da
Wann bekomme ich endlich mein Geld zurück?
Der Flug hatte drei Stunden Verspätung
Das Personal war sehr freundlich und hilfsbereit
Leider war das Essen kalt und fad
Niemand geht bei euch ans Telefon
Ich warte seit zwei Wochen auf eine Antwort
Die Lieferung kam zu spät an
Bitte stornieren Sie meine Bestellung sofort
Warum wurde meine Karte zweimal belastet?
Tolle Beratung im Laden, vielen Dank
Die App stürzt ständig ab
Kann ich den Sitzplatz noch ändern?
So etwas habe ich noch nie erlebt
Das Zimmer war sauber aber laut
Ihr habt einen Kunden weniger
Ich möchte bitte mit jemandem sprechen
Die Rechnung stimmt hinten und vorne nicht
Sehr schnelle Hilfe, gerne wieder bei euch
Wir sitzen seit gestern am Flughafen fest
Was kostet ein zusätzliches Gepäckstück?
Das Paket wurde beim Nachbarn abgegeben
Die Schuhe sind leider zu klein
Man hat uns überhaupt nicht informiert
Der Kaffee war kalt, die Kellnerin nett
Warum dauert das denn so lange?
Euer neues Menü gefällt mir gut
Ich habe das Passwort vergessen
Vielen Dank für alles
Alles bestens gelaufen
Wo ist mein Paket?
Nie wieder!
Schlechter Service
Völlig unbrauchbar""",
    "es": """Mi maleta todavía no ha llegado
¿Cuándo me van a devolver el dinero?
El vuelo salió con tres horas de retraso
El personal fue muy amable con nosotros
La comida estaba fría y sin sabor
Nadie contesta el teléfono en su oficina
Llevo dos semanas esperando una respuesta
El pedido llegó tarde y roto
Por favor cancelen mi pedido hoy mismo
Me han cobrado dos veces la tarjeta
Muy buena atención en la tienda
La aplicación se cierra todo el tiempo
¿Puedo cambiar mi asiento todavía?
Nunca me había pasado algo así
La habitación estaba limpia pero ruidosa
Han perdido un cliente para siempre
Quiero hablar con una persona de verdad
La factura no está bien hecha
Ayuda muy rápida, volveré con ustedes
Estamos atrapados en el aeropuerto desde ayer
¿Cuánto cuesta una maleta adicional?
Dejaron el paquete con el vecino
Los zapatos me quedan muy pequeños
No nos informaron de nada
El café estaba frío y el camarero simpático
¿Por qué tardan tanto en responder?
Me gusta mucho el nuevo menú
He olvidado la contraseña de mi cuenta
Muchas gracias por todo
Todo salió perfecto
¿Dónde está mi paquete?
Nunca más
Pésimo servicio
Muy contento con ustedes""",
    "fr": """Ma valise n'est toujours pas arrivée
Quand est-ce que je serai remboursé ?
Le vol avait trois heures de retard
Le personnel était très aimable avec nous
Le repas était froid et sans goût
Personne ne répond au téléphone chez vous
J'attends une réponse depuis deux semaines
La commande est arrivée en retard
Merci d'annuler ma commande tout de suite
On m'a débité deux fois la carte
Très bon accueil dans le magasin
L'application plante tout le temps
Puis-je encore changer de place ?
Je n'ai jamais vu une chose pareille
La chambre était propre mais bruyante
Vous avez perdu un client fidèle
Je voudrais parler à un conseiller
La facture n'est pas correcte du tout
Aide très rapide, je reviendrai chez vous
Nous sommes bloqués à l'aéroport depuis hier
Combien coûte un bagage en plus ?
Le colis a été déposé chez le voisin
Les chaussures sont malheureusement trop petites
On ne nous a rien dit
Le café était froid mais la serveuse gentille
Pourquoi est-ce que cela prend autant de temps ?
Le nouveau menu me plaît beaucoup
J'ai oublié mon mot de passe
Merci beaucoup pour tout
Tout était parfait
Où est mon colis ?
Plus jamais
Service lamentable
Je suis très déçu""",
    "it": """La mia valigia non è ancora arrivata
Quando riceverò finalmente il mio rimborso?
Il volo aveva tre ore di ritardo
Il personale è stato molto gentile con noi
Il cibo era freddo e senza sapore
Nessuno risponde al telefono da voi
Aspetto una risposta da due settimane
L'ordine è arrivato tardi e rotto
Vi prego di annullare subito il mio ordine
Mi hanno addebitato due volte la carta
Ottima assistenza nel negozio, grazie mille
L'applicazione si blocca in continuazione
Posso ancora cambiare il mio posto?
Non mi era mai successa una cosa simile
La camera era pulita ma rumorosa
Avete perso un cliente per sempre
Vorrei parlare con una persona vera
La fattura non è affatto corretta
Aiuto molto rapido, tornerò da voi
Siamo bloccati in aeroporto da ieri
Quanto costa un bagaglio in più?
Il pacco è stato lasciato al vicino
Le scarpe purtroppo sono troppo piccole
Non ci hanno detto niente di niente
Il caffè era freddo ma la cameriera simpatica
Perché ci vuole così tanto tempo?
Il nuovo menù mi piace molto
Ho dimenticato la password del conto
Grazie mille di tutto
Tutto perfetto come sempre
Dov'è il mio pacco?
Mai più
Pessimo servizio
Sono molto deluso""",
    "pt": """A minha mala ainda não chegou
Quando é que vou receber o reembolso?
O voo teve três horas de atraso
O pessoal foi muito simpático connosco
A comida estava fria e sem sabor
Ninguém atende o telefone na vossa loja
Estou à espera de resposta há duas semanas
A encomenda chegou tarde e partida
Por favor cancelem já a minha encomenda
Cobraram duas vezes no meu cartão
Ótimo atendimento na loja, muito obrigado
O aplicativo não para de travar
Ainda posso mudar o meu lugar?
Nunca me aconteceu uma coisa assim
O quarto estava limpo mas era barulhento
Vocês perderam um cliente para sempre
Quero falar com uma pessoa de verdade
A fatura não está nada correta
Ajuda muito rápida, vou voltar com certeza
Estamos presos no aeroporto desde ontem
Quanto custa uma mala adicional?
Deixaram o pacote com o vizinho
Os sapatos são infelizmente muito pequenos
Não nos informaram de nada até agora
O café estava frio mas a moça era simpática
Por que demora tanto tempo assim?
Gosto muito do novo cardápio de vocês
Esqueci a senha da minha conta
Muito obrigado por tudo
Correu tudo muito bem
Onde está o meu pacote?
Nunca mais
Péssimo serviço
Estou muito dececionado""",
    "nl": """Mijn koffer is nog steeds niet aangekomen
Wanneer krijg ik eindelijk mijn geld terug?
De vlucht had drie uur vertraging
Het personeel was heel vriendelijk voor ons
Het eten was koud en smakeloos
Niemand neemt bij jullie de telefoon op
Ik wacht al twee weken op antwoord
De bestelling kwam te laat aan
Annuleer alstublieft meteen mijn bestelling
Er is twee keer van mijn kaart afgeschreven
Heel goed geholpen in de winkel, bedankt
De app loopt de hele tijd vast
Kan ik mijn stoel nog wijzigen?
Zoiets heb ik nog nooit meegemaakt
De kamer was schoon maar lawaaierig
Jullie zijn een trouwe klant kwijt
Ik wil graag iemand spreken
De rekening klopt helemaal niet
Snelle hulp, ik kom zeker terug
We zitten sinds gisteren vast op het vliegveld
Wat kost een extra stuk bagage?
Het pakket is bij de buren afgegeven
De schoenen zijn helaas te klein
Ze hebben ons helemaal niets verteld
De koffie was koud maar de bediening aardig
Waarom duurt het allemaal zo lang?
Het nieuwe menu bevalt mij erg goed
Ik ben mijn wachtwoord vergeten
Hartelijk dank voor alles
Alles was prima geregeld
Waar is mijn pakket?
Nooit meer
Slechte service
Ik ben erg teleurgesteld""",
}
FOREIGN = {language: lines.split("\n") for language, lines in FOREIGN.items()}
