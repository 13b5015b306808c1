"""Lists as their publishers write them, with people and firms that never were."""

from __future__ import annotations

EU = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-03-01T00:00:00.000+01:00">
  <sanctionEntity euReferenceNumber="EU.1.10" logicalId="10">
    <regulation programme="XYZ" publicationDate="2024-01-01"/>
    <subjectType code="person" classificationCode="P"/>
    <nameAlias wholeName="Ivan Petrovich SABLEV" strong="true"/>
    <nameAlias wholeName="Iwan Sablew" strong="false"/>
    <nameAlias wholeName="Иван Саблев" strong="false"/>
    <citizenship countryIso2Code="RU"/>
  </sanctionEntity>
  <sanctionEntity euReferenceNumber="" logicalId="11">
    <subjectType code="enterprise" classificationCode="E"/>
    <nameAlias wholeName="Black Sea Sable Trading LLC"/>
    <address countryIso2Code="CY"/>
  </sanctionEntity>
</export>
""".encode()
EU_CSV = (
    "\ufefffileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;"
    "Entity_Regulation_Programme;NameAlias_WholeName;Citizenship_CountryIso2Code\n"
    "01/03/2026;10;EU.1.10;P;XYZ;Ivan Petrovich SABLEV;RU\n"
    "01/03/2026;10;EU.1.10;P;;Iwan Sablew;\n"
    "01/03/2026;11;;E;XYZ;Black Sea Sable Trading LLC;\n"
).encode()
UN = b"""<?xml version="1.0" encoding="utf-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-03-01">
  <INDIVIDUALS><INDIVIDUAL><DATAID>690</DATAID><FIRST_NAME>OMAR</FIRST_NAME>
    <SECOND_NAME>VELDARI</SECOND_NAME><UN_LIST_TYPE>Test</UN_LIST_TYPE>
    <REFERENCE_NUMBER>TSi.001</REFERENCE_NUMBER>
    <INDIVIDUAL_ALIAS><ALIAS_NAME>Umar Weldari</ALIAS_NAME></INDIVIDUAL_ALIAS>
    <INDIVIDUAL_ADDRESS><COUNTRY>Nowhere</COUNTRY></INDIVIDUAL_ADDRESS>
  </INDIVIDUAL></INDIVIDUALS>
  <ENTITIES><ENTITY><DATAID>700</DATAID><FIRST_NAME>VELDARI RELIEF FUND</FIRST_NAME>
    <REFERENCE_NUMBER>TSe.002</REFERENCE_NUMBER></ENTITY></ENTITIES>
</CONSOLIDATED_LIST>
"""
OFAC = b"""<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="http://tempuri.org/sdnList.xsd">
  <sdnEntry><uid>36</uid><firstName>Carla</firstName><lastName>MENDOSA QUIR</lastName>
    <sdnType>Individual</sdnType><programList><program>TEST</program></programList>
    <akaList><aka><uid>1</uid><type>a.k.a.</type><lastName>QUIR</lastName>
      <firstName>Carlotta</firstName></aka></akaList>
    <addressList><address><country>Erewhon</country></address></addressList></sdnEntry>
  <sdnEntry><uid>37</uid><lastName>QUIR SHIPPING S.A.</lastName><sdnType>Entity</sdnType></sdnEntry>
</sdnList>
"""
OFAC_CSV = (
    b'36,"MENDOSA QUIR, Carla","individual","TEST",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    b'37,"QUIR SHIPPING, S.A.",-0- ,"TEST",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
)
COMMON = b"reference,name,alias,country\nX-1,Dunmore Holdings,Dunmor Hldgs|Old Dunmore,IE\n"
