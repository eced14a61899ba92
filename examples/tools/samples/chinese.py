# ruff: noqa: E501 - lists of words read better in long lines
"""The words of the Chinese samples: a printing company in Shanghai."""

from __future__ import annotations

from random import Random

LANGUAGE = "zh-CN"
SEPARATOR = "·"
AMOUNT = (6_000, 380_000)
METHODS = ("bank_transfer", "bank_transfer", "bank_transfer", "acceptance_bill", "mobile_payment", "cheque")
TAX = "13"
COUNTRY = {"CN": "中国"}

STAFF = [
    ("executive", "chen.guodong", "陈国栋"), ("administrator", "zhao.xiaowen", "赵晓雯"), ("auditor", "sun.li", "孙立"),
    ("sales_director", "zhou.jianhua", "周建华"), ("rep_east", "wang.lei", "王磊"), ("rep_east", "li.na", "李娜"),
    ("rep_east", "zhang.weiqiang", "张伟强"), ("rep_west", "liu.yang", "刘洋"), ("rep_west", "yang.fan", "杨帆"),
    ("rep_key_accounts", "huang.zhiyuan", "黄志远"), ("estimator", "wu.jing", "吴静"), ("estimator", "xu.peng", "徐鹏"),
    ("marketer", "lin.yutong", "林雨桐"), ("service_agent", "he.fang", "何芳"), ("service_agent", "guo.tao", "郭涛"),
    ("production_manager", "ma.zhenhua", "马振华"), ("production_planner", "luo.min", "罗敏"), ("accountant", "song.liping", "宋丽萍"),
]
DOMAIN = "acme-printing.example"

CITIES = [
    ("上海", "上海市", "200040", "021", "east", "CN"), ("上海", "上海市", "201100", "021", "east", "CN"), ("杭州", "浙江省", "310012", "0571", "east", "CN"),
    ("苏州", "江苏省", "215021", "0512", "east", "CN"), ("南京", "江苏省", "210009", "025", "east", "CN"), ("无锡", "江苏省", "214028", "0510", "east", "CN"),
    ("宁波", "浙江省", "315040", "0574", "east", "CN"), ("嘉兴", "浙江省", "314001", "0573", "east", "CN"), ("合肥", "安徽省", "230031", "0551", "east", "CN"),
    ("青岛", "山东省", "266071", "0532", "east", "CN"), ("广州", "广东省", "510620", "020", "east", "CN"), ("深圳", "广东省", "518052", "0755", "east", "CN"),
    ("成都", "四川省", "610041", "028", "west", "CN"), ("重庆", "重庆市", "400020", "023", "west", "CN"), ("西安", "陕西省", "710075", "029", "west", "CN"),
    ("武汉", "湖北省", "430074", "027", "west", "CN"), ("昆明", "云南省", "650051", "0871", "west", "CN"), ("贵阳", "贵州省", "550081", "0851", "west", "CN"),
]
STREETS = ["人民路", "中山路", "建设大道", "科技园路", "工业园区星湖街", "解放路", "创业路", "滨江大道", "文化路", "振兴路", "新华路", "高新大道"]
_FIRST = {"恒": "heng", "华": "hua", "瑞": "rui", "嘉": "jia", "锦": "jin", "诚": "cheng", "远": "yuan", "泰": "tai", "盛": "sheng", "禾": "he",
          "云": "yun", "星": "xing", "博": "bo", "雅": "ya", "康": "kang", "悦": "yue", "晨": "chen", "绿": "lv", "金": "jin", "海": "hai",
          "润": "run", "明": "ming", "新": "xin", "东": "dong"}
_SECOND = {"源": "yuan", "丰": "feng", "达": "da", "信": "xin", "美": "mei", "成": "cheng", "辉": "hui", "洋": "yang", "科": "ke", "尚": "shang",
           "品": "pin", "和": "he", "宇": "yu", "图": "tu", "森": "sen", "澜": "lan", "泽": "ze", "聚": "ju", "越": "yue", "元": "yuan"}
INDUSTRIES = {
    "food": ["食品有限公司", "茶业有限公司", "酒业股份有限公司", "乳业有限公司"], "media": ["文化传媒有限公司", "图书出版有限公司", "广告有限公司", "品牌策划有限公司"],
    "manufacturing": ["电子有限公司", "玩具有限公司", "家居用品有限公司", "日化有限公司", "电器股份有限公司"], "health_care": ["医药有限公司", "生物科技有限公司", "保健品有限公司"],
    "wholesale_retail": ["商贸有限公司", "服饰有限公司", "百货有限公司"], "education": ["教育科技有限公司", "培训中心"], "information_technology": ["信息技术有限公司", "网络科技有限公司"],
    "hospitality": ["酒店管理有限公司", "旅游有限公司"], "finance": ["保险代理有限公司", "投资管理有限公司"], "construction": ["置业有限公司", "装饰工程有限公司"],
    "agriculture": ["农业发展有限公司", "果业有限公司"],
}
_FAMILY = {"王": "wang", "李": "li", "张": "zhang", "刘": "liu", "陈": "chen", "杨": "yang", "赵": "zhao", "黄": "huang", "周": "zhou", "吴": "wu",
           "徐": "xu", "孙": "sun", "胡": "hu", "朱": "zhu", "高": "gao", "林": "lin", "何": "he", "郭": "guo", "罗": "luo", "梁": "liang",
           "宋": "song", "郑": "zheng", "谢": "xie", "韩": "han", "唐": "tang", "冯": "feng", "董": "dong", "程": "cheng", "曹": "cao", "袁": "yuan",
           "邓": "deng", "许": "xu", "傅": "fu", "沈": "shen", "曾": "zeng", "彭": "peng", "吕": "lv", "苏": "su", "卢": "lu", "蒋": "jiang"}
_GIVEN_F = {"芳": "fang", "娜": "na", "静": "jing", "丽": "li", "敏": "min", "婷": "ting", "雪梅": "xuemei", "晓燕": "xiaoyan", "雨欣": "yuxin", "佳怡": "jiayi",
            "思琪": "siqi", "慧": "hui", "玉兰": "yulan", "桂英": "guiying", "秀珍": "xiuzhen", "文静": "wenjing", "梦瑶": "mengyao", "倩": "qian", "琳": "lin", "颖": "ying"}
_GIVEN_M = {"伟": "wei", "强": "qiang", "磊": "lei", "军": "jun", "勇": "yong", "杰": "jie", "涛": "tao", "明": "ming", "超": "chao", "建国": "jianguo",
            "志强": "zhiqiang", "俊杰": "junjie", "浩然": "haoran", "子轩": "zixuan", "文博": "wenbo", "海波": "haibo", "立新": "lixin", "鹏飞": "pengfei", "永康": "yongkang", "晓东": "xiaodong"}
JOBS = [("总经理", "总经办", "decision_maker"), ("采购经理", "采购部", "buyer"), ("采购专员", "采购部", "buyer"), ("市场总监", "市场部", "decision_maker"),
        ("品牌经理", "市场部", "influencer"), ("设计主管", "设计部", "influencer"), ("包装工程师", "技术部", "influencer"), ("行政主管", "行政部", "gatekeeper"),
        ("财务经理", "财务部", "influencer"), ("生产厂长", "生产部", "user"), ("编辑部主任", "编辑部", "decision_maker")]
PRODUCTS = [
    ("HC-16", "大16开画册（157g铜版纸）", "goods", "piece", 8.6, 0.66), ("HC-32", "A4骑马钉画册", "goods", "piece", 4.2, 0.64), ("SK-01", "大32开书刊（70g双胶）", "goods", "piece", 6.8, 0.7),
    ("SK-02", "精装画册（锁线）", "goods", "piece", 46, 0.62), ("DY-A4", "A4单页（157g）", "goods", "piece", 0.18, 0.6), ("ZY-3", "三折页（157g）", "goods", "piece", 0.32, 0.6),
    ("CH-01", "彩盒（350g白卡覆膜）", "goods", "piece", 1.35, 0.68), ("CH-02", "化妆品彩盒（烫金）", "goods", "piece", 2.4, 0.63), ("CH-03", "电子产品彩盒（局部UV）", "goods", "piece", 2.1, 0.65),
    ("LH-01", "天地盖礼盒", "goods", "piece", 18.5, 0.6), ("LH-02", "翻盖磁吸礼盒", "goods", "piece", 24, 0.58), ("LH-03", "茶叶礼盒套装", "goods", "set", 32, 0.6),
    ("SD-01", "白卡手提袋", "goods", "piece", 3.2, 0.64), ("SD-02", "牛皮纸手提袋", "goods", "piece", 2.6, 0.65), ("BQ-01", "不干胶标签（铜版）", "goods", "piece", 0.06, 0.55),
    ("BQ-02", "透明不干胶标签", "goods", "piece", 0.11, 0.56), ("SM-01", "产品说明书（80g双胶）", "goods", "piece", 0.28, 0.66), ("HB-01", "海报（157g铜版）", "goods", "piece", 1.1, 0.58),
    ("TL-01", "台历（250g）", "goods", "piece", 9.8, 0.6), ("GL-01", "挂历（200g）", "goods", "piece", 15, 0.6), ("MP-01", "名片（300g特种纸）", "goods", "box", 38, 0.5),
    ("XF-01", "信封信纸套装", "goods", "set", 1.6, 0.62), ("WL-01", "三层瓦楞纸箱", "goods", "piece", 4.6, 0.72), ("WL-02", "五层瓦楞纸箱", "goods", "piece", 7.4, 0.73),
    ("DY-01", "数码打样", "service", "set", 120, 0.5), ("SJ-01", "版面设计", "service", "hour", 180, 0.45), ("PS-01", "同城配送", "service", "day", 260, 0.7), ("ZB-01", "CTP 制版", "service", "piece", 55, 0.6),
]
TOPICS = ["年度画册印刷", "新品彩盒包装", "礼盒定制", "产品说明书", "中秋礼盒", "手提袋批量订制", "不干胶标签年单", "期刊印刷", "促销单页", "招商手册",
          "春节台历", "电商纸箱", "茶叶包装升级", "教材印刷", "展会物料", "企业内刊"]
NEXT_STEPS = ["寄送样品", "提交修改后的报价", "约客户看机台打样", "确认印数和交期", "跟进采购审批", "上门拜访采购经理", "确认付款方式", "等客户确认设计稿", "准备投标文件"]
DESCRIPTIONS = ["老客户介绍，对颜色还原要求高。", "每季度有固定印量，价格敏感。", "原供应商交期不稳定，有意更换。", "新品上市，包装需要重新设计打样。",
                "要求使用环保纸张并提供证书。", "总部统一采购，需走招标流程。", "旺季前需要集中交货。"]
REQUIREMENTS = ["需要 5000 本大16开画册，封面覆哑膜。", "想了解彩盒起订量和打样周期。", "每月约 20 万枚标签，希望签年度协议。", "询问礼盒定制，中秋前交货。",
                "展会上拿了样品，要求报价。", "现有供应商色差大，寻找替代。", "计划改版包装，需要设计和打样。"]
SUBJECTS = {
    "call": ["电话沟通{topic}", "询问决策进度", "确认印数和纸张", "回访交货满意度", "首次电话联系", "催确认设计稿"],
    "visit": ["上门拜访：{topic}", "陪同客户看样", "参观客户工厂", "与采购经理面谈", "年度回访"],
    "task": ["准备{topic}报价", "安排打样", "寄送纸样", "确认交货日期", "整理投标资料", "起草合同"],
    "email": ["发送{topic}报价单", "发送打样照片", "发送公司资质", "会议纪要", "提醒确认文件"],
    "note": ["{topic}备注", "决策人情况", "预算情况", "竞争对手报价"],
}
NOTES = {
    "call": ["客户要求周五前给报价。", "预算已批，等技术确认样品。", "没接通，下周再联系。", "对上一批印品满意，考虑追加。", "觉得价格偏高，希望下调 3%。", "决策推迟到下个月。"],
    "visit": ["与采购和设计一起看了样，颜色需要再调整。", "客户车间自动包装线，对彩盒尺寸精度要求高。", "看样顺利，确认用 350g 白卡。", "了解到全年印量约 60 万。"],
    "task": ["", "", "先与核价员确认成本。", "按最新纸价核算。"],
    "email": ["附报价单和两份样品照片。", "会议纪要已发，等回复。", "请客户提供 PDF 印刷文件。"],
    "note": ["五万元以上由总经理审批。", "今年预算所剩不多。", "竞争对手报价低 5%，但交期长。", "设计部支持我们，采购还在比价。"],
}
QUOTE_SUBJECT = "{topic}报价"
FOLLOW_UP = ["报价跟进", "询问报价反馈", "解答报价疑问", "报价二次跟进"]
PAYMENT_TERMS = ["月结30天", "月结60天", "预付30%，货到付清", "预付50%，验收后付清"]
INSTALMENT = "{order}·第{n}期"
ORDER_SUBJECT = "{topic}订单"
CONTRACT_NAME = "{account}{kind}"
CONTRACT_KINDS = {"framework": "年度印刷框架协议", "service": "仓储配送服务合同", "sale": "印刷加工合同"}
CONTRACT_TERMS = ["全年价格锁定，纸价涨幅超过 5% 另议。", "交期 7 个工作日，延期每日扣 0.5%。", "验收以客户签样为准，月结 60 天。"]
CASES = [
    ("complaint", "印刷颜色偏差", "墨色未按签样", "重印 2000 份并免费配送。"), ("complaint", "交货延迟两天", "排产冲突", "向客户致歉，减免运费。"), ("problem", "彩盒糊口开胶", "胶水批次问题", "更换胶水，补发 500 个。"),
    ("problem", "覆膜起泡", "喷粉过多", "返工处理，已验收。"), ("question", "咨询环保纸张证书", "", "已发送证书扫描件。"), ("question", "咨询发票开具时间", "", "已告知月底统一开票。"),
    ("return", "数量短缺 300 份", "点数误差", "当天补发。"), ("complaint", "开票金额有误", "价格更新未同步", "红冲后重新开票。"), ("wish", "希望线上查看生产进度", "", "已反馈给系统管理员。"),
    ("problem", "装订顺序错页", "配页机故障", "整批重新配页装订。"), ("complaint", "外箱破损", "物流挤压", "加护角重新发货。"),
]
CHANNELS = ("phone", "chat", "chat", "email", "visit")
CAMPAIGNS = [
    ("上海国际印刷包装展", "trade_fair", 128_000, 1_600_000), ("中秋礼盒推广", "social_media", 26_000, 420_000), ("包装设计研讨会", "seminar", 18_000, 260_000), ("食品行业邮件营销", "email", 4_000, 90_000),
    ("搜索推广：彩盒定制", "advertising", 36_000, 480_000), ("老客户答谢会", "customer_day", 42_000, 500_000), ("电话营销：标签年单", "telephone", 6_500, 150_000), ("成都糖酒会参展", "trade_fair", 86_000, 900_000),
    ("短视频：工厂探访", "social_media", 9_000, 60_000), ("春节台历预售", "email", 3_000, 180_000), ("绿色印刷研讨会", "seminar", 12_000, 120_000), ("出版行业拜访月", "telephone", 5_000, 300_000),
]
CAMPAIGN_GOAL = "新增线索 {n} 条"
COMPETITORS = [
    ("宏图彩印", "high", "lower", "彩盒、画册", "价格低，产能大。", "色差投诉多。"), ("精艺包装", "high", "higher", "礼盒、精品盒", "设计能力强。", "交期长。"), ("速印云", "medium", "lower", "单页、名片、海报", "网上下单，当天交货。", "不做复杂工艺。"),
    ("江南书刊印务", "medium", "same", "书刊、教材", "书刊装订质量好。", "不做包装。"), ("天合标签", "medium", "lower", "不干胶标签", "标签专业设备。", "品类单一。"), ("华丰纸箱", "low", "lower", "瓦楞纸箱", "本地配送快。", "印刷精度低。"),
    ("百彩数码", "low", "same", "短版数码印刷", "小批量灵活。", "大印量没有优势。"), ("卓越印刷", "medium", "higher", "画册、年报", "高端客户多。", "价格高，起订量大。"),
]
PARTNERS = [
    ("蓝海广告联盟", "referral", "gold"), ("东方设计工作室", "referral", "silver"), ("西南印刷代理", "agent", "gold"), ("华南包装渠道", "reseller", "silver"), ("智造印前技术", "technology", "bronze"), ("北方纸业经销", "reseller", "bronze"),
    ("顺驰物流", "logistics", "gold"), ("江浙配送联盟", "logistics", "silver"), ("创意礼品汇", "reseller", "silver"), ("品牌管家咨询", "referral", "bronze"),
]
PRICE_BOOKS = [("标准价格表", 1.0, "公开标准报价。"), ("渠道价格表", 0.85, "适用于代理商和经销商。"), ("大客户价格表", 0.92, "年印量超过 50 万元的客户。")]
ANNOUNCEMENTS = [
    ("纸张价格调整通知", "price", "自下月 1 日起铜版纸、白卡纸价格上调 4%，已发出的报价在有效期内不变。"), ("报价 100% 跟进制度", "rule", "所有客户报价发出后三天内必须跟进并记录，未跟进报价每周通报。"),
    ("CRM 系统培训资料", "training", "各岗位操作手册和视频已上传。"), ("上海印刷包装展参展安排", "news", "展位人员安排已确定，访客信息当天录入线索。"), ("差旅报销规定", "rule", "每月 5 日前提交上月票据。"),
    ("客户投诉处理时限", "rule", "颜色、质量类投诉 24 小时内答复，三天内给出方案。"), ("产品与纸样手册", "document", "最新纸样手册和工艺参数表。"), ("问题控制表评审", "news", "每两周周四评审系统问题，请及时提交。"),
    ("新员工入职：核价员徐鹏", "news", "欢迎徐鹏加入核价部。"), ("春节放假与排产安排", "news", "节前最后接单日期和节后开机时间见附件。"),
]
ISSUES = [
    ("客户列表早上打开慢", "data", "normal", "默认列过多，已精简。"), ("看不到自己客户的服务单", "permissions", "serious", "已调整业务员权限。"), ("线索来源缺少糖酒会", "sales", "minor", "已补充来源说明。"), ("报价单税率默认不对", "sales", "blocking", "已改为按报价单税率计算。"),
    ("输单报表缺少竞争对手", "reports", "normal", "已增加列。"), ("导入后客户重复", "data", "serious", "已人工合并，导入时检查名称。"), ("服务单不能上传照片", "service", "normal", ""), ("看板上不显示金额", "sales", "minor", ""), ("市场部能看到全部商机", "permissions", "normal", "按成交评估活动效果，属正常设置。"),
    ("工艺单缺少纸张克重提示", "sales", "minor", ""), ("阶段名称不好理解", "sales", "normal", "已补充阶段说明。"), ("希望增加刀模编号", "sales", "normal", ""), ("活动成员不能批量导入", "marketing", "normal", ""), ("离职人员的待办未转交", "sales", "serious", "已转交销售总监。"),
    ("季度预测口径不一致", "reports", "serious", ""), ("手机号格式不统一", "data", "minor", "保留原始写法。"),
]
JOBS_BY_TOPIC = {"年度画册印刷": "brochure", "新品彩盒包装": "folding_box", "礼盒定制": "gift_box", "产品说明书": "manual", "中秋礼盒": "gift_box", "手提袋批量订制": "carrier_bag",
                 "不干胶标签年单": "label", "期刊印刷": "book", "促销单页": "leaflet", "招商手册": "brochure", "春节台历": "calendar", "电商纸箱": "corrugated_box",
                 "茶叶包装升级": "folding_box", "教材印刷": "book", "展会物料": "poster", "企业内刊": "brochure"}


def company(rng: Random) -> tuple[str, str, str, str]:
    """Make a company: name, short name, domain, industry. The city is put before by the caller."""
    industry = rng.choice(list(INDUSTRIES))
    first, second = rng.choice(list(_FIRST)), rng.choice(list(_SECOND))
    return f"{first}{second}{rng.choice(INDUSTRIES[industry])}", first + second, f"{_FIRST[first]}{_SECOND[second]}.example", industry


def person(rng: Random) -> tuple[str, str, str]:
    """Make a person: name, what stands before the @, salutation."""
    female = rng.random() < 0.5
    givens = _GIVEN_F if female else _GIVEN_M
    family, given = rng.choice(list(_FAMILY)), rng.choice(list(givens))
    return family + given, f"{_FAMILY[family]}.{givens[given]}", "ms" if female else "mr"


def phone(rng: Random, prefix: str) -> str:
    """Make a telephone number."""
    return f"{prefix}-5555{rng.randint(1000, 9999)}"


def mobile(rng: Random) -> str:
    """Make a mobile number of the form that nobody has."""
    return f"{rng.choice(('138', '139', '136', '186', '158'))}0000{rng.randint(1000, 9999)}"


def street(rng: Random) -> str:
    """Make a street and a house number."""
    return f"{rng.choice(STREETS)}{rng.randint(1, 880)}号"
